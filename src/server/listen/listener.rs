//! The listening socket: bound by the service itself, or handed over by the service manager.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io;
use std::net::SocketAddr;
#[cfg(target_os = "linux")]
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::SocketAddr as UnixAddress;
use std::path::{Path, PathBuf};

use socket2::{Domain, SockAddr, Socket, Type};
use tokio::net::{TcpListener, UnixListener};

use super::socket_file::{SocketFile, lock_directory, remove_stale};
use crate::config::{Listen, ServerConfig};
use crate::server::transport::Transport;

/// How many connections wait to be accepted: tokio's default.
const BACKLOG: i32 = 1024;

/// Accepts connections. When it is dropped, the file of a UNIX socket that it has made is removed.
#[derive(Debug)]
pub struct Listener {
    // Before the acceptor, so that it is removed while the socket still listens: nobody takes a
    // socket that listens for a stale one and puts another in its place.
    _file: Option<SocketFile>,
    acceptor: Acceptor,
}

#[derive(Debug)]
enum Acceptor {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self {
            acceptor: Acceptor::Tcp(listener),
            _file: None,
        }
    }
}

impl Listener {
    /// Listens on `server.listen`. A UNIX socket that nobody listens on any more makes room.
    pub fn bind(server: &ServerConfig) -> io::Result<Self> {
        match &server.listen {
            Listen::Tcp(address) => {
                let socket = Socket::new(Domain::for_address(*address), Type::STREAM, None)?;
                socket.set_reuse_address(true)?;
                socket.bind(&(*address).into())?;
                socket.listen(BACKLOG)?;
                Self::from_socket(socket, None)
            }
            Listen::Unix(path) => Self::bind_unix(path, server.socket_mode.bits()),
        }
    }

    fn bind_unix(path: &Path, mode: u32) -> io::Result<Self> {
        let _lock = lock_directory(path);
        remove_stale(path)?;
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.bind(&SockAddr::unix(path)?)?;
        let file = SocketFile::new(path)?;
        // Until the socket listens, nobody can connect with the permissions of the umask.
        fs::set_permissions(path, Permissions::from_mode(mode))?;
        socket.listen(BACKLOG)?;
        Self::from_socket(socket, Some(file))
    }

    /// Listens on a socket that was handed over, and whose file, if any, is not the service's.
    pub fn handed_over(socket: Socket) -> io::Result<Self> {
        Self::from_socket(socket, None)
    }

    fn from_socket(socket: Socket, file: Option<SocketFile>) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let acceptor = if socket.local_addr()?.is_unix() {
            Acceptor::Unix(UnixListener::from_std(socket.into())?)
        } else {
            Acceptor::Tcp(TcpListener::from_std(socket.into())?)
        };
        Ok(Self {
            acceptor,
            _file: file,
        })
    }

    /// The address on which it listens, with the port that the system has chosen for port 0.
    pub fn address(&self) -> io::Result<Listen> {
        Ok(match &self.acceptor {
            Acceptor::Tcp(listener) => Listen::Tcp(listener.local_addr()?),
            Acceptor::Unix(listener) => Listen::Unix(path(&listener.local_addr()?.into())),
        })
    }

    /// Accepts a connection, and tells the address of its peer, which UNIX sockets do not have.
    pub(in crate::server) async fn accept(&self) -> io::Result<(Transport, Option<SocketAddr>)> {
        match &self.acceptor {
            Acceptor::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                Ok((Transport::Tcp(stream), Some(peer)))
            }
            Acceptor::Unix(listener) => {
                let (stream, _) = listener.accept().await?;
                Ok((Transport::Unix(stream), None))
            }
        }
    }
}

/// The path of a UNIX socket; for one with an abstract name, which a service manager may have made,
/// the name after an `@`.
fn path(address: &UnixAddress) -> PathBuf {
    #[cfg(target_os = "linux")]
    if let Some(name) = address.as_abstract_name() {
        return OsString::from_vec([b"@".as_slice(), name].concat()).into();
    }
    let path = address.as_pathname();
    path.map(Path::to_owned).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;
    use std::sync::Barrier;

    use tokio::runtime::Handle;

    use super::*;

    #[tokio::test]
    async fn of_several_that_start_at_once_one_takes_the_place_of_a_stale_socket() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("socket");
        let runtime = Handle::current();
        for _ in 0..50 {
            drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
            let barrier = Barrier::new(4);
            let start = || {
                let _runtime = runtime.enter();
                barrier.wait();
                Listener::bind_unix(&path, 0o600)
            };
            let listeners = std::thread::scope(|threads| {
                let threads = [(); 4].map(|()| threads.spawn(start));
                threads.map(|thread| thread.join().unwrap())
            });
            assert_eq!(listeners.iter().flatten().count(), 1, "{listeners:?}");
            UnixStream::connect(&path).unwrap();
            drop(listeners);
            assert!(!path.exists());
        }
    }
}

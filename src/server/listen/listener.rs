//! The listening socket: bound by the service itself, or handed over by the service manager.

use std::fs::{self, Permissions};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use socket2::{Domain, SockAddr, Socket, Type};
use tokio::net::{TcpListener, UnixListener};

use super::socket_file::{SocketFile, remove_stale};
use crate::config::{Listen, ServerConfig};
use crate::server::transport::Transport;

/// How many connections wait to be accepted: tokio's default.
const BACKLOG: i32 = 1024;

/// Accepts connections. When it is dropped, the file of a UNIX socket that it has made is removed.
#[derive(Debug)]
pub struct Listener {
    acceptor: Acceptor,
    _file: Option<SocketFile>,
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
            Acceptor::Unix(listener) => {
                let address = listener.local_addr()?;
                Listen::Unix(
                    address
                        .as_pathname()
                        .map(Path::to_owned)
                        .unwrap_or_default(),
                )
            }
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

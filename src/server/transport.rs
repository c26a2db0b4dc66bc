//! The stream of a connection: TCP, or a UNIX socket.

use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BufMut;
use socket2::SockRef;
use tokio::io::{Interest, Ready};
use tokio::net::{TcpStream, UnixStream};

/// A connected stream socket.
#[derive(Debug)]
pub(super) enum Transport {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl From<TcpStream> for Transport {
    fn from(stream: TcpStream) -> Self {
        Self::Tcp(stream)
    }
}

/// Calls the same method of both kinds.
macro_rules! of_either {
    ($transport:expr, $stream:ident => $call:expr) => {
        match $transport {
            Transport::Tcp($stream) => $call,
            Transport::Unix($stream) => $call,
        }
    };
}

impl Transport {
    /// Disables Nagle's algorithm, which would delay small responses. On Linux, a TCP connection
    /// fails after `send_timeout` with a client that does not acknowledge what it gets. Returns
    /// whether it does.
    pub(super) fn prepare(&self, send_timeout: Duration) -> bool {
        let Self::Tcp(stream) = self else {
            return false;
        };
        let _ = stream.set_nodelay(true);
        #[cfg(target_os = "linux")]
        return self
            .socket()
            .set_tcp_user_timeout(Some(send_timeout))
            .is_ok();
        #[cfg(not(target_os = "linux"))]
        return false;
    }
}

/// The methods of tokio's streams, where they are documented.
impl Transport {
    pub(super) fn socket(&self) -> SockRef<'_> {
        of_either!(self, stream => SockRef::from(stream))
    }

    pub(super) async fn ready(&self, interest: Interest) -> io::Result<Ready> {
        of_either!(self, stream => stream.ready(interest).await)
    }

    pub(super) async fn readable(&self) -> io::Result<()> {
        of_either!(self, stream => stream.readable().await)
    }

    pub(super) fn poll_read_ready(&self, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        of_either!(self, stream => stream.poll_read_ready(task))
    }

    pub(super) fn poll_write_ready(&self, task: &mut Context<'_>) -> Poll<io::Result<()>> {
        of_either!(self, stream => stream.poll_write_ready(task))
    }

    pub(super) fn try_io<T>(
        &self,
        interest: Interest,
        work: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        of_either!(self, stream => stream.try_io(interest, work))
    }

    pub(super) fn try_read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        of_either!(self, stream => stream.try_read(buffer))
    }

    pub(super) fn try_read_buf(&self, buffer: &mut impl BufMut) -> io::Result<usize> {
        of_either!(self, stream => stream.try_read_buf(buffer))
    }

    pub(super) fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        of_either!(self, stream => stream.try_write(bytes))
    }

    pub(super) fn try_write_vectored(&self, parts: &[io::IoSlice<'_>]) -> io::Result<usize> {
        of_either!(self, stream => stream.try_write_vectored(parts))
    }
}

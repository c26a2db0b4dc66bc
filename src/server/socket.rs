//! The socket of a connection, shared between hyper, which reads and writes it, and those who watch and close it.

use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;

/// The most that one read takes. hyper starts with a buffer of 8 KiB and doubles it, up to `limits.head_bytes`, whenever a
/// read fills it. One byte less than it asks for keeps the buffer as it is while a body comes in.
const READ_BYTES: usize = (8 << 10) - 1;

/// A socket, and how far the server has understood what came over it.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    /// How many bytes have been read.
    received: AtomicU64,
    /// How many of them belong to requests that have come whole.
    understood: AtomicU64,
    /// Whether the server has said that it sends no more.
    finished: AtomicBool,
}

impl Socket {
    /// Takes over a connection: without Nagle's delay, which would hold back small answers, and with an end to the
    /// `patience` with a client that does not take its answer.
    pub(super) fn new(stream: TcpStream, patience: Duration) -> Arc<Self> {
        let _ = stream.set_nodelay(true);
        #[cfg(target_os = "linux")]
        let _ = SockRef::from(&stream).set_tcp_user_timeout(Some(patience));
        #[cfg(not(target_os = "linux"))]
        let _ = patience;
        let (received, understood) = (AtomicU64::new(0), AtomicU64::new(0));
        Arc::new(Self {
            stream,
            received,
            understood,
            finished: AtomicBool::new(false),
        })
    }

    /// How many bytes the client has sent, as far as they have been read.
    pub(super) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Notes that a request has come whole, and so everything received so far, unless the client sends the next one already.
    pub(super) fn has_come_whole(&self) {
        self.understood.store(self.received(), Ordering::Relaxed);
    }

    /// Notes that the last request has not come whole, though some of it may have come with the one before.
    pub(super) fn has_not_come_whole(&self) {
        self.understood.store(0, Ordering::Relaxed);
    }

    /// Whether the client may be in the middle of a request.
    pub(super) fn is_mid_request(&self) -> bool {
        self.received() > self.understood.load(Ordering::Relaxed)
    }

    /// Closes the server's side only: the client may still be sending (RFC 9112, 9.6).
    pub(super) fn finish(&self) -> io::Result<()> {
        SockRef::from(&self.stream).shutdown(Shutdown::Write)?;
        self.finished.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Whether the server has sent its last answer and closed its side.
    pub(super) fn is_finished(&self) -> bool {
        self.finished.load(Ordering::Relaxed)
    }

    /// Waits until the client has closed its side, whether or not there is still something to read before that.
    ///
    /// `EPOLLRDHUP` tells. [`Interest::PRIORITY`] is the one interest that comes with it and not with every byte, so a
    /// pipelined request does not wake this.
    #[cfg(target_os = "linux")]
    pub(super) async fn closed_by_client(&self) {
        while let Ok(ready) = self.stream.ready(Interest::PRIORITY).await {
            if ready.is_read_closed() {
                return;
            }
        }
    }

    /// Other systems do not tell; there, `server.request_seconds` ends what waits for a client that is gone.
    #[cfg(not(target_os = "linux"))]
    pub(super) async fn closed_by_client(&self) {
        std::future::pending().await
    }

    /// Waits until there may be something to read.
    pub(super) async fn readable(&self) -> io::Result<()> {
        self.stream.readable().await
    }

    /// Reads some of what is there and throws it away. Says how many bytes; none are the end.
    pub(super) fn discard(&self) -> io::Result<usize> {
        self.stream.try_read(&mut [0; READ_BYTES])
    }
}

/// What hyper reads and writes.
#[derive(Debug)]
pub(super) struct Stream(pub(super) Arc<Socket>);

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let stream = &self.0.stream;
        loop {
            ready!(stream.poll_read_ready(task))?;
            let room = buffer.remaining().min(READ_BYTES);
            let space = buffer.initialize_unfilled_to(room);
            let mut count = 0;
            // A read that does not fill its space has emptied the socket. Telling tokio so saves the next read, which
            // would find nothing.
            let read = stream.try_io(Interest::READABLE, || {
                count = stream.try_read(space)?;
                if (1..room).contains(&count) {
                    Err(ErrorKind::WouldBlock.into())
                } else {
                    Ok(())
                }
            });
            match read {
                Err(error) if error.kind() == ErrorKind::WouldBlock && count == 0 => {}
                Err(error) if error.kind() != ErrorKind::WouldBlock => {
                    return Poll::Ready(Err(error));
                }
                _ => {
                    buffer.advance(count);
                    self.0.received.fetch_add(count as u64, Ordering::Relaxed);
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_writing(task, |stream| stream.try_write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_writing(task, |stream| stream.try_write_vectored(parts))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.finish())
    }
}

impl Stream {
    fn poll_writing(
        &self,
        task: &mut Context<'_>,
        write: impl Fn(&TcpStream) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.0.stream.poll_write_ready(task))?;
            match write(&self.0.stream) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }
}

//! The socket of a connection, shared between hyper, which reads and writes it, and the code that
//! observes and closes it.

use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::BufMut as _;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::time::{Sleep, sleep};

use super::transport::Transport;

/// Upper bound on the bytes of one read. hyper starts with a buffer of 8 KiB and doubles it, up to
/// `limits.head_bytes`, whenever a read fills it. A read of one byte less keeps the buffer small
/// while a body arrives.
const MAX_READ_BYTES: usize = (8 << 10) - 1;

/// A socket, and how many of the bytes received belong to complete requests.
#[derive(Debug)]
pub(super) struct Socket {
    stream: Transport,
    /// How long a write waits for the client, if the system does not see to that.
    send_timeout: Option<Duration>,
    /// Bytes that have been read.
    received: AtomicU64,
    /// Bytes up to the end of the last complete request.
    complete: AtomicU64,
    /// Whether the server has closed its side.
    write_closed: AtomicBool,
    /// Whether the head of a request was received.
    has_request: AtomicBool,
}

impl Socket {
    /// Wraps a connection. It fails after `send_timeout` with a client that does not take its
    /// response.
    pub(super) fn new(stream: impl Into<Transport>, send_timeout: Duration) -> Arc<Self> {
        let stream = stream.into();
        let is_timed = stream.prepare(send_timeout);
        Arc::new(Self {
            stream,
            send_timeout: (!is_timed).then_some(send_timeout),
            received: AtomicU64::new(0),
            complete: AtomicU64::new(0),
            write_closed: AtomicBool::new(false),
            has_request: AtomicBool::new(false),
        })
    }

    /// Bytes of the client that have been read so far.
    pub(super) fn received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    /// Records that the request has been received completely, and so has everything read so far
    /// unless the client pipelines its next request.
    pub(super) fn mark_complete(&self) {
        self.complete.store(self.received(), Ordering::Relaxed);
    }

    /// Records that the last request is incomplete, even if a part of it was read together with the
    /// request before.
    pub(super) fn mark_incomplete(&self) {
        self.complete.store(0, Ordering::Relaxed);
    }

    /// Whether the client may be in the middle of sending a request.
    pub(super) fn is_mid_request(&self) -> bool {
        self.received() > self.complete.load(Ordering::Relaxed)
    }

    /// Records that the head of a request was received.
    pub(super) fn mark_request(&self) {
        self.has_request.store(true, Ordering::Relaxed);
    }

    /// Whether the head of a request was ever received.
    pub(super) fn has_request(&self) -> bool {
        self.has_request.load(Ordering::Relaxed)
    }

    /// Closes only the server's side: the client may still be sending (RFC 9112, 9.6).
    pub(super) fn close_write(&self) -> io::Result<()> {
        self.stream.socket().shutdown(Shutdown::Write)?;
        self.write_closed.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// Whether the server has sent its last response and closed its side.
    pub(super) fn is_write_closed(&self) -> bool {
        self.write_closed.load(Ordering::Relaxed)
    }

    /// Waits until the client has closed its side, even while there is unread data.
    ///
    /// Linux reports it as `EPOLLRDHUP`. [`Interest::PRIORITY`] is the only interest that includes
    /// this event and not the arrival of data, so a pipelined request does not wake this task.
    #[cfg(target_os = "linux")]
    pub(super) async fn wait_for_client_close(&self) {
        while let Ok(ready) = self.stream.ready(Interest::PRIORITY).await {
            if ready.is_read_closed() {
                return;
            }
        }
    }

    /// Never returns: other systems do not report it. There, `server.request_seconds` bounds the
    /// request of a client that has disconnected.
    #[cfg(not(target_os = "linux"))]
    pub(super) async fn wait_for_client_close(&self) {
        std::future::pending().await
    }

    /// Waits until there may be data to read.
    pub(super) async fn readable(&self) -> io::Result<()> {
        self.stream.readable().await
    }

    /// Reads and discards available data. Returns the number of bytes; 0 once the client has closed
    /// its side.
    pub(super) fn discard(&self) -> io::Result<usize> {
        self.stream.try_read(&mut [0; MAX_READ_BYTES])
    }
}

/// The I/O object for hyper.
#[derive(Debug)]
pub(super) struct Stream {
    socket: Arc<Socket>,
    /// The end of the time for a write that waits for the client.
    write_deadline: Option<Pin<Box<Sleep>>>,
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let stream = &self.socket.stream;
        loop {
            ready!(stream.poll_read_ready(task))?;
            let room = buffer.remaining().min(MAX_READ_BYTES);
            let mut count = 0;
            // A read that does not fill its space has emptied the socket. Reporting this to tokio
            // as `WouldBlock` saves the next read, which would find nothing.
            let read = stream.try_io(Interest::READABLE, || {
                count = stream.try_read_buf(&mut buffer.limit(room))?;
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
                    self.socket
                        .received
                        .fetch_add(count as u64, Ordering::Relaxed);
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
        self.poll_write_with(task, |stream| stream.try_write(bytes))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        task: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_with(task, |stream| stream.try_write_vectored(parts))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.socket.close_write())
    }
}

impl Stream {
    pub(super) fn new(socket: Arc<Socket>) -> Self {
        Self {
            socket,
            write_deadline: None,
        }
    }

    fn poll_write_with(
        mut self: Pin<&mut Self>,
        task: &mut Context<'_>,
        write: impl Fn(&Transport) -> io::Result<usize>,
    ) -> Poll<io::Result<usize>> {
        loop {
            let Poll::Ready(ready) = self.socket.stream.poll_write_ready(task) else {
                return self.poll_write_deadline(task);
            };
            ready?;
            match write(&self.socket.stream) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                written => {
                    self.write_deadline = None;
                    return Poll::Ready(written);
                }
            }
        }
    }

    /// Fails once the client has taken nothing for the time that it has.
    fn poll_write_deadline(&mut self, task: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let Some(timeout) = self.socket.send_timeout else {
            return Poll::Pending;
        };
        let deadline = self
            .write_deadline
            .get_or_insert_with(|| Box::pin(sleep(timeout)));
        ready!(deadline.as_mut().poll(task));
        Poll::Ready(Err(ErrorKind::TimedOut.into()))
    }
}

//! The lingering close of a connection whose client may still be sending (RFC 9112, 9.6).
//!
//! Closing a socket with unread data resets the connection, and so does data that arrives later.
//! The reset may destroy a response that the client has not read yet. So the server closes its own
//! side first, and then reads and discards data until the client closes too. Two timeouts apply, so
//! no client holds a connection forever.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::task::coop::consume_budget;
use tokio::time::{Instant, timeout_at};

use super::socket::Socket;

/// How long the server waits for the client to close.
#[derive(Clone, Copy, Debug)]
pub(super) struct LingerTimeouts {
    /// Time without any data.
    pub(super) idle: Duration,
    /// Time in all.
    pub(super) total: Duration,
}

impl LingerTimeouts {
    /// nginx's defaults (`lingering_timeout`, `lingering_time`).
    pub(super) const FULL: Self = Self {
        idle: Duration::from_secs(5),
        total: Duration::from_secs(30),
    };

    /// For rejected connections, and during shutdown.
    pub(super) const SHORT: Self = Self {
        idle: Duration::from_secs(2),
        total: Duration::from_secs(2),
    };
}

/// Waits for the client to close. Returns at once unless the server has closed its side and the
/// client may be sending.
pub(super) async fn linger(socket: &Socket, timeouts: LingerTimeouts) {
    let has_unread = || matches!(socket.discard(), Ok(1..));
    if !socket.is_write_closed() || !(socket.is_mid_request() || has_unread()) {
        return;
    }
    let deadline = Instant::now() + timeouts.total;
    loop {
        let idle_deadline = deadline.min(Instant::now() + timeouts.idle);
        if !matches!(
            timeout_at(idle_deadline, socket.readable()).await,
            Ok(Ok(()))
        ) || Instant::now() >= deadline
        {
            return;
        }
        match socket.discard() {
            Ok(1..) => consume_budget().await,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Ok(0) | Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::super::socket::Stream;
    use super::*;

    const TIMEOUTS: LingerTimeouts = LingerTimeouts {
        idle: Duration::from_millis(100),
        total: Duration::from_millis(400),
    };

    /// A client that has sent `count` bytes, and the socket of a server that has read them and
    /// closed its own side.
    async fn half_closed(count: usize) -> (TcpStream, Arc<Socket>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let socket = Socket::new(listener.accept().await.unwrap().0, Duration::from_secs(1));
        let mut stream = Stream::new(Arc::clone(&socket));
        client.write_all(&vec![b'x'; count]).await.unwrap();
        stream.read_exact(&mut vec![0; count]).await.unwrap();
        stream.shutdown().await.unwrap();
        (client, socket)
    }

    async fn duration_of(lingering: impl Future<Output = ()>) -> Duration {
        let started = Instant::now();
        lingering.await;
        started.elapsed()
    }

    #[tokio::test]
    async fn nothing_lingers_after_a_complete_request() {
        let (_client, socket) = half_closed(10).await;
        socket.mark_complete();
        assert!(duration_of(linger(&socket, TIMEOUTS)).await < TIMEOUTS.idle);
    }

    #[tokio::test]
    async fn lingering_ends_when_the_client_closes() {
        let (client, socket) = half_closed(10).await;
        drop(client);
        assert!(
            duration_of(linger(&socket, LingerTimeouts::FULL)).await < LingerTimeouts::FULL.idle
        );
    }

    #[tokio::test]
    async fn lingering_for_an_idle_client_ends_after_the_idle_timeout() {
        let (_client, socket) = half_closed(10).await;
        let time = duration_of(linger(&socket, TIMEOUTS)).await;
        assert!(time >= TIMEOUTS.idle && time < TIMEOUTS.total, "{time:?}");
    }

    #[tokio::test]
    async fn lingering_for_a_client_that_keeps_sending_ends_after_the_total_timeout() {
        let (mut client, socket) = half_closed(0).await;
        client.write_all(b"more").await.unwrap();
        let sends =
            tokio::spawn(async move { while client.write_all(&[b'x'; 1000]).await.is_ok() {} });
        assert!(duration_of(linger(&socket, TIMEOUTS)).await >= TIMEOUTS.total);
        drop(socket);
        sends.await.unwrap();
    }
}

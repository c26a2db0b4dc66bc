//! The end of a connection whose client may still be sending (RFC 9112, 9.6).
//!
//! A socket that is closed with unread data, or that gets more afterwards, resets the connection, and the reset may destroy
//! an answer that the client has not read yet. So the server closes its own side first, and reads and throws away what
//! comes until the client closes too. Both bounds below hold, so no client keeps a connection for ever by this.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::task::coop::consume_budget;
use tokio::time::{Instant, timeout_at};

use super::socket::Socket;

/// How long the server waits for the client to close.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// With nothing coming.
    pub(super) silence: Duration,
    /// In all.
    pub(super) total: Duration,
}

/// What nginx waits by default (`lingering_timeout`, `lingering_time`).
pub(super) const FULL: Bounds = Bounds {
    silence: Duration::from_secs(5),
    total: Duration::from_secs(30),
};

/// For connections past the limit.
pub(super) const SHORT: Bounds = Bounds {
    silence: Duration::from_secs(2),
    total: Duration::from_secs(2),
};

/// Waits for the client to close, if it may be sending still, after the server has closed its side.
pub(super) async fn linger(socket: &Socket, bounds: Bounds) {
    let has_unread = || matches!(socket.discard(), Ok(1..));
    if !socket.is_finished() || !(socket.is_mid_request() || has_unread()) {
        return;
    }
    let end = Instant::now() + bounds.total;
    loop {
        let patience = end.min(Instant::now() + bounds.silence);
        if !matches!(timeout_at(patience, socket.readable()).await, Ok(Ok(())))
            || Instant::now() >= end
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

    const BOUNDS: Bounds = Bounds {
        silence: Duration::from_millis(100),
        total: Duration::from_millis(400),
    };

    /// A client, and a server that has read `asked` bytes of it and closed its own side.
    async fn finished(asked: usize) -> (TcpStream, Arc<Socket>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        let socket = Socket::new(listener.accept().await.unwrap().0, Duration::from_secs(1));
        let mut stream = Stream(Arc::clone(&socket));
        client.write_all(&vec![b'x'; asked]).await.unwrap();
        stream.read_exact(&mut vec![0; asked]).await.unwrap();
        stream.shutdown().await.unwrap();
        (client, socket)
    }

    async fn time_of(lingering: impl Future<Output = ()>) -> Duration {
        let started = Instant::now();
        lingering.await;
        started.elapsed()
    }

    #[tokio::test]
    async fn a_client_that_owes_nothing_is_not_waited_for() {
        let (_client, socket) = finished(10).await;
        socket.has_come_whole();
        assert!(time_of(linger(&socket, BOUNDS)).await < BOUNDS.silence);
    }

    #[tokio::test]
    async fn a_client_that_closes_ends_the_wait() {
        let (client, socket) = finished(10).await;
        drop(client);
        assert!(time_of(linger(&socket, FULL)).await < FULL.silence);
    }

    #[tokio::test]
    async fn a_silent_client_is_waited_for_a_while() {
        let (_client, socket) = finished(10).await;
        let time = time_of(linger(&socket, BOUNDS)).await;
        assert!(time >= BOUNDS.silence && time < BOUNDS.total, "{time:?}");
    }

    #[tokio::test]
    async fn a_client_that_goes_on_sending_is_cut_off() {
        let (mut client, socket) = finished(0).await;
        client.write_all(b"more").await.unwrap();
        let sends =
            tokio::spawn(async move { while client.write_all(&[b'x'; 1000]).await.is_ok() {} });
        assert!(time_of(linger(&socket, BOUNDS)).await >= BOUNDS.total);
        drop(socket);
        sends.await.unwrap();
    }
}

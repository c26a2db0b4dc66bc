//! A server of data that comes slowly, for Glance to hash.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::body::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// The data: pieces of zeroes.
pub(super) const PIECE: Bytes = Bytes::from_static(&[0; 64 << 10]);
pub(super) const PIECES: usize = 16;

/// The longest head of a request that is read, in bytes.
const MAX_HEAD: usize = 16 << 10;

/// The server, until it is dropped.
#[derive(Debug)]
pub(super) struct Origin {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Origin {
    /// Serves on a free port of `address`, with a pause before each piece.
    pub(super) async fn start(address: IpAddr, pause: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind((address, 0)).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, pause));
            }
        });
        Ok(Self { address, task })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/data", self.address)
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Answers one request: the length to `HEAD`, the data to everything else.
async fn serve(mut stream: TcpStream, pause: Duration) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < MAX_HEAD {
        head.push(stream.read_u8().await?);
    }
    let length = PIECE.len() * PIECES;
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await?;
    if head.starts_with(b"HEAD") {
        return Ok(());
    }
    for _ in 0..PIECES {
        sleep(pause).await;
        stream.write_all(&PIECE).await?;
    }
    stream.shutdown().await
}

//! A server that images are imported from. It is slow, so that the program is killed meanwhile.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::service::data;

/// How many bytes are sent at once, and the pause after them.
const PIECE_BYTES: usize = 128 << 10;
const PAUSE: Duration = Duration::from_millis(5);

/// The server, which lives as long as the test.
pub(super) struct Origin(String);

impl Origin {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // A client that is killed breaks off.
                tokio::spawn(async move { answer(stream).await.unwrap_or_default() });
            }
        });
        Self(format!("http://{address}"))
    }

    /// The origin as the configuration names it.
    pub(super) fn allowed(&self) -> &str {
        &self.0
    }

    /// The URL of data.
    pub(super) fn url(&self, seed: u64, length: usize) -> String {
        format!("{}/{seed}/{length}", self.0)
    }
}

/// Answers `GET /SEED/LENGTH`.
async fn answer(stream: TcpStream) -> std::io::Result<()> {
    let (reader, mut writer) = stream.into_split();
    let mut lines = BufReader::new(reader).lines();
    let first = lines.next_line().await?.unwrap_or_default();
    while lines
        .next_line()
        .await?
        .is_some_and(|line| !line.is_empty())
    {}
    let path = first.split(' ').nth(1).unwrap_or_default();
    let mut parts = path.split('/').skip(1);
    let mut number = || parts.next()?.parse().ok();
    let (Some(seed), Some(length)) = (number(), number()) else {
        return Ok(());
    };
    let length = usize::try_from(length).unwrap();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
    writer.write_all(head.as_bytes()).await?;
    for piece in data(seed, length).chunks(PIECE_BYTES) {
        writer.write_all(piece).await?;
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

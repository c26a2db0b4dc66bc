//! One request with a body that the server does not wait for.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The body of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    Sized(usize),
    /// An endless sequence of chunks.
    Endless,
}

pub const PAYLOADS: [Payload; 4] = [
    Payload::Sized(9),
    Payload::Sized(40_000),
    Payload::Sized(400_000),
    Payload::Endless,
];

/// A request whose response does not depend on its body.
#[derive(Clone, Debug)]
pub struct Case {
    pub method: &'static str,
    pub path: String,
    pub token: &'static str,
    pub payload: Payload,
    pub delay: Duration,
}

impl Case {
    fn head(&self) -> String {
        let Self {
            method,
            path,
            token,
            payload,
            ..
        } = self;
        let framing = match payload {
            Payload::Sized(length) => format!("Content-Length: {length}"),
            Payload::Endless => "Transfer-Encoding: chunked".to_owned(),
        };
        format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: {token}\r\n{framing}\r\n\r\n"
        )
    }

    /// Sends the request and, unless the response closes the connection, another one. Returns the
    /// status. Panics if any part of a response is lost.
    pub async fn play(&self, address: &str) -> u16 {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (mut reader, mut writer) = stream.into_split();
        let case = self.clone();
        let mut write = Box::pin(async move {
            case.write(&mut writer).await;
            writer
        });
        let mut written = None;
        let mut read = Vec::new();
        let (status, is_closing) = loop {
            if let Some((status, is_closing, length)) = parse(&read, self.method == "HEAD") {
                assert_eq!(read.len(), length, "{self:?}");
                break (status, is_closing);
            }
            tokio::select! {
                writer = &mut write, if written.is_none() => written = Some(writer),
                count = reader.read_buf(&mut read) => assert_ne!(count.unwrap(), 0, "{self:?}: no response"),
            }
        };
        // Some clients finish their body before they read, so the server must let them.
        if written.is_none() && self.payload != Payload::Endless {
            written = Some(write.await);
        }
        if is_closing {
            assert_eq!(reader.read(&mut [0]).await.unwrap(), 0, "{self:?}");
        } else {
            let mut writer = written
                .unwrap_or_else(|| panic!("{self:?} is not sent, but the connection stays open"));
            writer
                .write_all(b"GET /versions HTTP/1.1\r\nHost: localhost\r\n\r\n")
                .await
                .unwrap();
            read.clear();
            while !read.starts_with(b"HTTP/1.1 200 ") {
                assert!(read.len() < 20, "{self:?}");
                assert_ne!(
                    reader.read_buf(&mut read).await.unwrap(),
                    0,
                    "{self:?}: no second response"
                );
            }
        }
        status
    }

    async fn write(&self, writer: &mut (impl AsyncWriteExt + Unpin)) {
        writer.write_all(self.head().as_bytes()).await.unwrap();
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        match self.payload {
            Payload::Sized(length) => writer.write_all(&vec![b'x'; length]).await.unwrap(),
            Payload::Endless => loop {
                let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
                writer.write_all(chunk.as_bytes()).await.unwrap();
                tokio::time::sleep(Duration::from_millis(1)).await;
            },
        }
    }
}

/// The status of the response in `read`, whether it closes the connection, and its length; `None`
/// if it is incomplete.
fn parse(read: &[u8], is_head: bool) -> Option<(u16, bool, usize)> {
    let end = read.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&read[..end]).unwrap();
    let value = |name: &str| head.split("\r\n").find_map(|line| line.strip_prefix(name));
    let length: usize = value("Content-Length: ")
        .filter(|_| !is_head)
        .map_or(0, |length| length.parse().unwrap());
    let status = head[9..12].parse().unwrap();
    (read.len() >= end + length).then_some((
        status,
        value("Connection: ") == Some("close"),
        end + length,
    ))
}

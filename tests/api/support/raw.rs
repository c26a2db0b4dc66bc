//! A client that sends bytes as they are, over a socket.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer as it came over the wire.
#[derive(Clone, Debug)]
pub struct RawAnswer {
    /// The interim answers (1xx) that came before it.
    pub interim: Vec<u16>,
    pub status: u16,
    pub reason: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl RawAnswer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Longer than anything takes that a test waits for.
const PATIENCE: Duration = Duration::from_mins(2);

/// A connection of a raw client.
pub struct Raw {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Raw {
    pub async fn connect(address: &str) -> Self {
        Self {
            stream: TcpStream::connect(address).await.unwrap(),
            read: Vec::new(),
        }
    }

    /// A connection with a request at work: its head, without the empty line, has been read, and its body of two bytes is
    /// being waited for (100).
    pub async fn before_body(address: &str, head: impl AsRef<str>) -> Self {
        let mut client = Self::connect(address).await;
        client
            .send(format!(
                "{}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n",
                head.as_ref()
            ))
            .await;
        while !client.read.ends_with(b"\r\n\r\n") {
            more(&mut client.stream, &mut client.read)
                .await
                .expect("an interim answer");
        }
        assert!(
            client.read.starts_with(b"HTTP/1.1 100 "),
            "{}",
            String::from_utf8_lossy(&client.read)
        );
        client.read.clear();
        client
    }

    /// Sends `bytes`. A server that has closed already is no fault: it may have answered before.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Sends `bytes`, all of which the server must take.
    pub async fn send_whole(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream
            .write_all(bytes.as_ref())
            .await
            .expect("the server takes it");
    }

    /// Sends `bytes` while it waits for the answer.
    pub async fn exchange(
        &mut self,
        bytes: impl AsRef<[u8]>,
        half_close: bool,
        is_head: bool,
    ) -> Option<RawAnswer> {
        let (mut reader, mut writer) = self.stream.split();
        let write = async {
            let _ = writer.write_all(bytes.as_ref()).await;
            if half_close {
                let _ = writer.shutdown().await;
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            answer = answer(&mut reader, &mut self.read, is_head) => answer,
            () = write => unreachable!(),
        }
    }

    /// The next answer; `None` if the server closed the connection instead.
    pub async fn answer(&mut self) -> Option<RawAnswer> {
        answer(&mut self.stream, &mut self.read, false).await
    }

    /// Whether the server ended the connection without another byte, and did not reset it.
    pub async fn ends(&mut self) -> bool {
        let end = tokio::time::timeout(PATIENCE, self.stream.read_buf(&mut self.read)).await;
        self.read.is_empty() && matches!(end, Ok(Ok(0)))
    }

    /// Whether the server closed the connection without another byte.
    pub async fn is_closed(&mut self) -> bool {
        self.answer().await.is_none()
    }
}

/// Reads one answer, interim ones aside.
async fn answer(
    stream: &mut (impl AsyncReadExt + Unpin),
    read: &mut Vec<u8>,
    is_head: bool,
) -> Option<RawAnswer> {
    let mut interim = Vec::new();
    loop {
        let head = loop {
            if let Some(end) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                let rest = read.split_off(end + 4);
                break String::from_utf8(std::mem::replace(read, rest)).unwrap();
            }
            more(stream, read).await?;
        };
        let mut lines = head.trim_end().split("\r\n");
        let mut status_line = lines.next()?.splitn(3, ' ').skip(1);
        let status: u16 = status_line.next()?.parse().unwrap();
        let reason = status_line.next().unwrap_or_default().to_owned();
        let header = |line: &str| {
            line.split_once(": ")
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        let headers = lines.map(|line| {
            header(line).unwrap_or_else(|| (line.trim_end_matches(':').to_owned(), String::new()))
        });
        let mut answer = RawAnswer {
            interim: Vec::new(),
            status,
            reason,
            headers: headers.collect(),
            body: Vec::new(),
        };
        if (100..200).contains(&status) {
            interim.push(status);
            continue;
        }
        answer.interim = interim;
        let length = answer
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        if !is_head {
            while read.len() < length {
                more(stream, read).await.expect("a whole body");
            }
            let rest = read.split_off(length);
            answer.body = std::mem::replace(read, rest);
        }
        return Some(answer);
    }
}

async fn more(stream: &mut (impl AsyncReadExt + Unpin), read: &mut Vec<u8>) -> Option<()> {
    let count = tokio::time::timeout(PATIENCE, stream.read_buf(read))
        .await
        .expect("an answer in time");
    match count {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(()),
    }
}

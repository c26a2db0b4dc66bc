//! A client that sends arbitrary bytes over a socket.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::ids::{DEBIAN, MEMBER};

/// A response in its wire form.
#[derive(Clone, Debug)]
pub struct RawResponse {
    /// The status codes of the interim responses (1xx) before it.
    pub interim: Vec<u16>,
    pub status: u16,
    pub reason: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl RawResponse {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// Longer than any correct response takes.
const TIMEOUT: Duration = Duration::from_mins(2);

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

    /// A connection with a request in flight: the server has read `head`, which has no empty line
    /// at its end, and waits for a body of two bytes (100 Continue).
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
                .expect("an interim response");
        }
        assert!(
            client.read.starts_with(b"HTTP/1.1 100 "),
            "{}",
            String::from_utf8_lossy(&client.read)
        );
        client.read.clear();
        client
    }

    /// Sends `bytes`. Ignores that the server may have closed the connection after a response.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let _ = self.stream.write_all(bytes.as_ref()).await;
    }

    /// Sends `bytes`. Panics unless the server accepts all of them.
    pub async fn send_whole(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream
            .write_all(bytes.as_ref())
            .await
            .expect("the server reads it");
    }

    /// Sends `bytes` while it waits for the response.
    pub async fn exchange(
        &mut self,
        bytes: impl AsRef<[u8]>,
        half_close: bool,
        is_head: bool,
    ) -> Option<RawResponse> {
        let (mut reader, mut writer) = self.stream.split();
        let write = async {
            let _ = writer.write_all(bytes.as_ref()).await;
            if half_close {
                let _ = writer.shutdown().await;
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            response = response(&mut reader, &mut self.read, is_head) => response,
            () = write => unreachable!(),
        }
    }

    /// The next response; `None` if the server closed the connection instead.
    pub async fn response(&mut self) -> Option<RawResponse> {
        response(&mut self.stream, &mut self.read, false).await
    }

    /// Whether the server closed the connection without another byte and without a reset.
    pub async fn ends(&mut self) -> bool {
        let end = tokio::time::timeout(TIMEOUT, self.stream.read_buf(&mut self.read)).await;
        self.read.is_empty() && matches!(end, Ok(Ok(0)))
    }

    /// Whether the server closed the connection without another byte.
    pub async fn is_closed(&mut self) -> bool {
        self.response().await.is_none()
    }
}

/// Reads one response, and the interim responses before it.
async fn response(
    stream: &mut (impl AsyncReadExt + Unpin),
    read: &mut Vec<u8>,
    is_head: bool,
) -> Option<RawResponse> {
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
        let mut response = RawResponse {
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
        response.interim = interim;
        let length = response
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        if !is_head {
            while read.len() < length {
                more(stream, read).await.expect("a whole body");
            }
            let rest = read.split_off(length);
            response.body = std::mem::replace(read, rest);
        }
        return Some(response);
    }
}

async fn more(stream: &mut (impl AsyncReadExt + Unpin), read: &mut Vec<u8>) -> Option<()> {
    let count = tokio::time::timeout(TIMEOUT, stream.read_buf(read))
        .await
        .expect("a response in time");
    match count {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(()),
    }
}

/// The head of a request for one tag with the member's token, without the empty line at its end.
pub fn head(method: &str, tag: &str) -> String {
    format!(
        "{method} /v2/images/{DEBIAN}/tags/{tag} HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: {MEMBER}\r\n"
    )
}

/// The same request without a body.
pub fn request(method: &str, tag: &str) -> String {
    head(method, tag) + "\r\n"
}

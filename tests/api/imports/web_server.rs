//! A server on the loopback interface that images are downloaded from.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use image_tags::config::Config;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Answers every request with the same bytes, and keeps the connection open after them if it is
/// told to hold.
pub struct WebServer {
    pub port: u16,
    requests: Arc<AtomicUsize>,
    /// One permit for each answer that may end.
    pub ends: Arc<Semaphore>,
}

impl WebServer {
    /// Answers with `answer` and closes the connection.
    pub async fn answering(answer: impl Into<String>) -> Self {
        Self::start(answer.into(), Semaphore::MAX_PERMITS).await
    }

    /// Answers with `answer`, and holds each connection until [`Self::ends`] has a permit.
    pub async fn holding(answer: impl Into<String>) -> Self {
        Self::start(answer.into(), 0).await
    }

    async fn start(answer: String, permits: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(AtomicUsize::new(0));
        let ends = Arc::new(Semaphore::new(permits));
        let (counted, held) = (Arc::clone(&requests), Arc::clone(&ends));
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (counted, held, answer) = (counted.clone(), held.clone(), answer.clone());
                tokio::spawn(async move {
                    let mut request = Vec::new();
                    while !request.ends_with(b"\r\n\r\n") {
                        match stream.read_u8().await {
                            Ok(byte) => request.push(byte),
                            Err(_) => return,
                        }
                    }
                    counted.fetch_add(1, Ordering::SeqCst);
                    let _ = stream.write_all(answer.as_bytes()).await;
                    held.acquire().await.unwrap().forget();
                });
            }
        });
        Self {
            port,
            requests,
            ends,
        }
    }

    /// How many requests came.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    /// A URL of the server.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/image.img", self.port)
    }

    /// Allows downloads from the server alone.
    pub fn allow(&self, config: &mut Config) {
        let origin = format!("http://127.0.0.1:{}", self.port);
        config.import.allow.push(origin.parse().unwrap());
    }
}

/// An answer with this body.
pub fn ok(body: &str) -> String {
    format!(
        "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// An answer that sends elsewhere.
pub fn redirect(url: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nLocation: {url}\r\nContent-Length: 0\r\n\r\n")
}

//! A proxy to a server. It can refuse connections, swallow everything or freeze.

use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};

/// A listener on its own port that forwards connections to a server.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    server: Arc<str>,
    task: Option<JoinHandle<()>>,
    freeze: Arc<Notify>,
}

impl Proxy {
    /// A proxy to the server in `url`. It refuses connections until it is opened.
    pub(crate) async fn to(url: &str) -> Self {
        let (_, rest) = url.split_once("://").unwrap();
        let host = rest.rsplit('@').next().unwrap().split('/').next().unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        Self {
            port,
            server: host.into(),
            task: None,
            freeze: Arc::default(),
        }
    }

    /// `url` with the proxy in place of the server.
    pub(crate) fn through(&self, url: &str) -> String {
        url.replacen(&*self.server, &format!("127.0.0.1:{}", self.port), 1)
    }

    /// Forwards connections.
    pub(crate) async fn open(&mut self) {
        self.listen(true).await;
    }

    /// Accepts connections and never answers.
    pub(crate) async fn swallow(&mut self) {
        self.listen(false).await;
    }

    /// Keeps the existing connections open on both sides, and forwards nothing more on them.
    pub(crate) fn freeze(&self) {
        self.freeze.notify_waiters();
    }

    /// Cuts all connections and refuses new ones.
    pub(crate) async fn close(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            let _ = task.await;
        }
    }

    async fn listen(&mut self, forward: bool) {
        self.close().await;
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        let (server, freeze) = (Arc::clone(&self.server), Arc::clone(&self.freeze));
        self.task = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                let (server, freeze) = (Arc::clone(&server), Arc::clone(&freeze));
                connections.spawn(async move {
                    if !forward {
                        return std::future::pending().await;
                    }
                    let mut server = TcpStream::connect(&*server).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut server) => {}
                        () = freeze.notified() => std::future::pending().await,
                    }
                });
            }
        }));
    }
}

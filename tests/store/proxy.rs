//! A way to a server that can be closed, and can swallow everything or stop short.

use std::sync::Arc;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};

/// A listener on a port of its own that hands connections on to a server.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    server: Arc<str>,
    task: Option<JoinHandle<()>>,
    freeze: Arc<Notify>,
}

impl Proxy {
    /// To the server in `url`; it is closed at first.
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

    /// `url` by way of the proxy.
    pub(crate) fn through(&self, url: &str) -> String {
        url.replacen(&*self.server, &format!("127.0.0.1:{}", self.port), 1)
    }

    /// Hands on what comes.
    pub(crate) async fn open(&mut self) {
        self.listen(true).await;
    }

    /// Takes connections, and nothing ever comes back.
    pub(crate) async fn swallow(&mut self) {
        self.listen(false).await;
    }

    /// Leaves the connections that there are open on both sides, and hands nothing more on.
    pub(crate) fn freeze(&self) {
        self.freeze.notify_waiters();
    }

    /// Cuts all connections and takes no more.
    pub(crate) async fn close(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
            let _ = task.await;
        }
    }

    async fn listen(&mut self, hand_on: bool) {
        self.close().await;
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        let (server, freeze) = (Arc::clone(&self.server), Arc::clone(&self.freeze));
        self.task = Some(tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                let (server, freeze) = (Arc::clone(&server), Arc::clone(&freeze));
                connections.spawn(async move {
                    if !hand_on {
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

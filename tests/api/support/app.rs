//! The service under test, called in process or over a socket. Only this file constructs it.

use std::sync::Arc;
use std::time::Duration;

use image_tags::auth::{Authenticator, Grant, Token, TokenTable};
use image_tags::budget::Budget;
use image_tags::config::Config;
use image_tags::identity::Identity;
use image_tags::server;
use image_tags::service::Service;
use image_tags::store::{ImageStore, Memory};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::client::Client;
use super::config::{config, store_of};
use super::ids::{ADMIN, MEMBER, READER, STRANGER};
use super::stores::{Fault, Faulty};

/// The service, ready for requests.
pub struct TestApp {
    pub api: Service,
    pub config: Config,
    pub store: Arc<dyn ImageStore>,
}

impl TestApp {
    /// The service over the example configuration.
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// The service over a changed example configuration.
    pub fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = config();
        change(&mut config);
        Self::with_store(store_of(config.images.clone()), config)
    }

    /// The service over a store with a fault.
    pub fn faulty(fault: Fault, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = config();
        change(&mut config);
        let inner = Memory::with_images(config.images.iter().cloned());
        Self::with_store(Arc::new(Faulty::new(fault, inner)), config)
    }

    /// The service over any store.
    pub fn with_store(store: Arc<dyn ImageStore>, config: Config) -> Self {
        let budget = Budget::new(config.limits.memory_bytes);
        Self {
            api: Service::with_store(Arc::clone(&store), budget, &config).unwrap(),
            config,
            store,
        }
    }

    /// The service over any store, with these tokens in place of the configured ones.
    pub fn with_identities(
        store: Arc<dyn ImageStore>,
        config: Config,
        identities: impl IntoIterator<Item = (Token, Identity)>,
    ) -> Self {
        let grants = identities
            .into_iter()
            .map(|(token, identity)| (token, Grant::without_expiry(identity, Vec::new())));
        Self::of(store, Arc::new(TokenTable::new(grants).unwrap()), config)
    }

    /// The service over any store and any authenticator.
    pub fn of(
        store: Arc<dyn ImageStore>,
        authenticator: Arc<dyn Authenticator>,
        config: Config,
    ) -> Self {
        let budget = Budget::new(config.limits.memory_bytes);
        Self {
            api: Service::with_authenticator(Arc::clone(&store), authenticator, budget, &config)
                .unwrap(),
            config,
            store,
        }
    }

    /// A client without a token.
    pub fn anon(&self) -> Client<'_> {
        Client::new(&self.api, None)
    }

    /// A client with any token.
    pub fn with_token<'a>(&'a self, token: &'a str) -> Client<'a> {
        Client::new(&self.api, Some(token))
    }

    pub fn admin(&self) -> Client<'_> {
        self.with_token(ADMIN)
    }

    pub fn member(&self) -> Client<'_> {
        self.with_token(MEMBER)
    }

    pub fn reader(&self) -> Client<'_> {
        self.with_token(READER)
    }

    pub fn stranger(&self) -> Client<'_> {
        self.with_token(STRANGER)
    }

    /// Serves on a free port of the loopback interface.
    pub async fn listen(self) -> TestServer {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (stop, stopped) = oneshot::channel::<()>();
        let (api, config) = (self.api.clone(), self.config.clone());
        let task = tokio::spawn(async move {
            let stopped = async { stopped.await.unwrap_or_default() };
            server::run(listener, api, &config, stopped).await;
        });
        TestServer {
            app: self,
            address,
            stop: Some(stop),
            task,
        }
    }
}

/// The service on a socket.
pub struct TestServer {
    pub app: TestApp,
    pub address: String,
    stop: Option<oneshot::Sender<()>>,
    pub task: JoinHandle<()>,
}

impl TestServer {
    /// Starts the graceful shutdown, as SIGTERM does.
    pub fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// Waits until the server has stopped; panics after 20 seconds.
    pub async fn stopped(self) {
        tokio::time::timeout(Duration::from_secs(20), self.task)
            .await
            .expect("the server stops")
            .unwrap();
    }
}

//! What the tests work with: the service over the example configuration, a client for each of its roles, and a raw
//! client for what no proper one would send.

pub mod keystone;
pub mod log;
pub mod raw;
pub mod stores;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use image_tags::auth::{Authenticator, Grant, Token, TokenTable};
use image_tags::budget::Budget;
use image_tags::config::Config;
use image_tags::identity::Identity;
use image_tags::image::Image;
use image_tags::server;
use image_tags::service::Service;
use image_tags::store::{ImageStore, Memory};
use stores::{Fault, Faulty};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::backend::Database;

/// The image of the first sample, private, of the member's project.
pub const DEBIAN: &str = "82c96579-ba53-4a84-a69a-716382fe0293";
/// The image of the second sample, shared with the stranger's project.
pub const UBUNTU: &str = "e7db3b45-8db7-47ad-8109-3fb55c2c24fd";

pub const ADMIN: &str = "d7f4a2e6c1b84903a5e0f3b79c6d2841";
pub const MEMBER: &str = "0c3a50a694f44b748abd8e0660ecbd45";
pub const READER: &str = "b15e8c7d93f24a60b2d4e6f8017a9c3b";
pub const STRANGER: &str = "4e8d1f6a0b2c49d7a3f5e7091c8b6d24";

pub fn example() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/config.example.toml"))
}

pub fn config() -> Config {
    Config::load(example(), [], None).unwrap()
}

/// A store with these images: of the backend that `IMAGE_TAGS_TEST_BACKEND` names, or in memory.
pub fn store_of(images: Vec<Image>) -> Arc<dyn ImageStore> {
    let database = match std::env::var("IMAGE_TAGS_TEST_BACKEND").as_deref() {
        Ok("sqlite") => Database::Sqlite,
        Ok("postgres") => Database::Postgres,
        Ok("mariadb") => Database::MariaDb,
        Ok("memory") | Err(_) => return Arc::new(Memory::holding(images)),
        Ok(other) => panic!("there is no backend {other}"),
    };
    // On a thread of its own: the callers are in the middle of something that must not block.
    let store = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(database.store(0, &images))
    });
    store.join().unwrap()
}

/// The service, ready for requests.
pub struct TestApp {
    pub api: Service,
    pub config: Config,
    pub store: Arc<dyn ImageStore>,
}

impl TestApp {
    pub fn new() -> Self {
        Self::with(|_| {})
    }

    /// The service over the example configuration with some of it changed.
    pub fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut config = config();
        change(&mut config);
        Self::over(store_of(config.images.clone()), config)
    }

    /// The service over a store with a fault.
    pub fn faulty(fault: Fault, change: impl FnOnce(&mut Config)) -> Self {
        let mut config = config();
        change(&mut config);
        let inner = Memory::holding(config.images.iter().cloned());
        Self::over(Arc::new(Faulty::new(fault, inner)), config)
    }

    /// The service over another store.
    pub fn over(store: Arc<dyn ImageStore>, config: Config) -> Self {
        let budget = Budget::new(config.limits.memory_bytes);
        Self {
            api: Service::with_store(Arc::clone(&store), budget, &config).unwrap(),
            config,
            store,
        }
    }

    /// The service over another store and other tokens.
    pub fn authenticating(
        store: Arc<dyn ImageStore>,
        config: Config,
        identities: impl IntoIterator<Item = (Token, Identity)>,
    ) -> Self {
        let grants = identities
            .into_iter()
            .map(|(token, identity)| (token, Grant::lasting(identity, Vec::new())));
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
            api: Service::with_authenticator(Arc::clone(&store), authenticator, budget, &config),
            config,
            store,
        }
    }

    pub fn anon(&self) -> Client<'_> {
        Client {
            app: self,
            token: None,
        }
    }

    pub fn with_token<'a>(&'a self, token: &'a str) -> Client<'a> {
        Client {
            app: self,
            token: Some(token),
        }
    }

    pub fn admin(&self) -> Client<'_> {
        Client {
            app: self,
            token: Some(ADMIN),
        }
    }

    pub fn member(&self) -> Client<'_> {
        Client {
            app: self,
            token: Some(MEMBER),
        }
    }

    pub fn reader(&self) -> Client<'_> {
        Client {
            app: self,
            token: Some(READER),
        }
    }

    pub fn stranger(&self) -> Client<'_> {
        Client {
            app: self,
            token: Some(STRANGER),
        }
    }

    /// A client with any token.
    pub fn bearing<'a>(&'a self, token: &'a str) -> Client<'a> {
        Client {
            app: self,
            token: Some(token),
        }
    }

    /// The service on a socket of its own.
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
    /// Asks the server to stop, as SIGTERM does.
    pub fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// Waits for the server to have stopped.
    pub async fn stopped(self) {
        tokio::time::timeout(Duration::from_secs(20), self.task)
            .await
            .expect("the server stops")
            .unwrap();
    }
}

/// Sends requests with one token, or none.
#[derive(Clone, Copy)]
pub struct Client<'a> {
    app: &'a TestApp,
    token: Option<&'a str>,
}

impl Client<'_> {
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[]).await
    }

    pub async fn put_tag(&self, image: &str, tag: &str) -> Answer {
        self.send(Method::PUT, &format!("/v2/images/{image}/tags/{tag}"), &[])
            .await
    }

    pub async fn delete_tag(&self, image: &str, tag: &str) -> Answer {
        self.send(
            Method::DELETE,
            &format!("/v2/images/{image}/tags/{tag}"),
            &[],
        )
        .await
    }

    /// The tags of an image as a GET shows them.
    pub async fn tags(&self, image: &str) -> Vec<String> {
        let tags = &self.get(&format!("/v2/images/{image}")).await.json()["tags"];
        tags.as_array()
            .unwrap()
            .iter()
            .map(|tag| tag.as_str().unwrap().to_owned())
            .collect()
    }

    /// Creates an image and gives its id.
    pub async fn create(&self, attributes: serde_json::Value) -> String {
        let answer = self.post(&attributes).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    pub async fn post(&self, attributes: &serde_json::Value) -> Answer {
        self.send_body(Method::POST, "/v2/images", &[], attributes.to_string())
            .await
    }

    pub async fn patch(&self, image: &str, operations: &serde_json::Value) -> Answer {
        let headers = [(
            "Content-Type",
            "application/openstack-images-v2.1-json-patch",
        )];
        self.send_body(
            Method::PATCH,
            &format!("/v2/images/{image}"),
            &headers,
            operations.to_string(),
        )
        .await
    }

    /// The image as a GET shows it.
    pub async fn image(&self, image: &str) -> serde_json::Value {
        self.get(&format!("/v2/images/{image}")).await.json()
    }

    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send_body(method, path, headers, Body::empty()).await
    }

    pub async fn send_body(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = self.token {
            request = request.header("X-Auth-Token", token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self
            .app
            .api
            .answer(request.body(body.into()).unwrap())
            .await;
        let (head, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        Answer {
            status: head.status,
            headers: head.headers,
            body: String::from_utf8(body.into()).unwrap(),
        }
    }
}

/// An answer of the service.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// What an error says, from its plain text.
    pub fn explanation(&self) -> &str {
        let (status, text) = self
            .body
            .split_once("\n\n")
            .unwrap_or_else(|| panic!("{}", self.body));
        assert!(status.starts_with(self.status.as_str()), "{}", self.body);
        text.trim_end()
    }
}

//! A stand-in for Keystone: it lets the service log in, knows some tokens, and can be made to misbehave.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use image_tags::auth::Keystone;
use image_tags::config::{Config, Keystone as KeystoneConfig};
use image_tags::store::Memory;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use wiremock::matchers::{header, header_regex, method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, Times};

use super::{TestApp, config};

/// The token of the service itself.
pub const SERVICE: &str = "gAAAAA-of-the-service";
/// A token of the member's project.
pub const VALID: &str = "gAAAAA-of-a-member";

/// What the tokens begin with that are valid after [`StandIn::takes`].
pub const NEW: &str = "gAAAAA-new-";

/// A Keystone that knows [`VALID`] and lets the service log in.
pub struct StandIn {
    pub server: MockServer,
    logins: Arc<AtomicUsize>,
}

/// The body that stands for a member of the project of the examples.
pub fn body_of(token: &str, expires_at: Timestamp) -> Value {
    json!({"token": {
        "methods": ["password"],
        "user": {"id": format!("user-of-{token}"), "name": "demo", "domain": {"id": "default", "name": "Default"}},
        "project": {"id": "5ef70662f8b34079a6eddb8da9d75fe8", "name": "demo", "domain": {"id": "default", "name": "Default"}},
        "roles": [{"id": "1", "name": "member"}, {"id": "2", "name": "reader"}],
        "expires_at": expires_at.to_string(),
        "issued_at": "2026-01-01T00:00:00.000000Z",
        "audit_ids": ["x"],
    }})
}

pub fn in_an_hour() -> Timestamp {
    Timestamp::now() + SignedDuration::from_hours(1)
}

/// The answer for a valid token.
pub fn valid(token: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body_of(token, in_an_hour()))
}

/// The answer for a token that Keystone does not know.
pub fn unknown() -> ResponseTemplate {
    let message = "Could not recognize Fernet token";
    ResponseTemplate::new(404)
        .set_body_json(json!({"error": {"code": 404, "message": message, "title": "Not Found"}}))
}

/// The answer to a login: each has a token of its own.
struct LogsIn(Arc<AtomicUsize>);

impl Respond for LogsIn {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        let number = self.0.fetch_add(1, Ordering::SeqCst);
        let body = body_of(SERVICE, in_an_hour());
        ResponseTemplate::new(201)
            .insert_header("X-Subject-Token", format!("{SERVICE}-{number}"))
            .set_body_json(body)
    }
}

impl StandIn {
    /// On a port of its own.
    pub async fn start() -> Self {
        Self::at(TcpListener::bind("127.0.0.1:0").unwrap()).await
    }

    /// On this socket.
    pub async fn at(listener: TcpListener) -> Self {
        let standin = Self::that_refuses_logins(listener).await;
        let logins = LogsIn(Arc::clone(&standin.logins));
        Mock::given(method("POST"))
            .and(path("/v3/auth/tokens"))
            .respond_with(logins)
            .mount(&standin.server)
            .await;
        let others = Mock::given(method("GET"))
            .and(path("/v3/auth/tokens"))
            .respond_with(unknown())
            .with_priority(u8::MAX);
        others.mount(&standin.server).await;
        standin
    }

    /// One that answers nothing but 404.
    pub async fn that_refuses_logins(listener: TcpListener) -> Self {
        Self {
            server: MockServer::builder().listener(listener).start().await,
            logins: Arc::default(),
        }
    }

    /// From now on `token` is answered with `answer`, `times` times.
    pub async fn answers(
        &self,
        token: &str,
        answer: impl Respond + 'static,
        times: impl Into<Times>,
    ) {
        let mock = Mock::given(method("GET"))
            .and(path("/v3/auth/tokens"))
            .and(header("X-Subject-Token", token));
        mock.respond_with(answer)
            .expect(times)
            .mount(&self.server)
            .await;
    }

    /// From now on every token is answered after `delay`; those that begin with [`NEW`] are valid.
    pub async fn takes(&self, delay: Duration) {
        let new =
            Mock::given(method("GET")).and(header_regex("X-Subject-Token", &format!("^{NEW}")));
        new.respond_with(valid(NEW).set_delay(delay))
            .with_priority(100)
            .mount(&self.server)
            .await;
        let others = Mock::given(method("GET"))
            .respond_with(unknown().set_delay(delay))
            .with_priority(101);
        others.mount(&self.server).await;
    }

    /// How often the service has logged in.
    pub fn logins(&self) -> usize {
        self.logins.load(Ordering::SeqCst)
    }

    /// How often Keystone was asked for a token.
    pub async fn validations(&self) -> usize {
        let requests = self.server.received_requests().await.unwrap();
        requests
            .iter()
            .filter(|request| request.url.path() == "/v3/auth/tokens" && request.method == "GET")
            .count()
    }

    /// The service before this Keystone.
    pub fn app(&self, change: impl FnOnce(&mut KeystoneConfig)) -> TestApp {
        app(&self.server.uri(), change)
    }

    /// The same with any of the configuration changed.
    pub fn app_with(&self, change: impl FnOnce(&mut Config)) -> TestApp {
        let mut config = config();
        config.auth.keystone = options(&self.server.uri());
        change(&mut config);
        of(config)
    }
}

/// The options of a service before the Keystone at `url`.
pub fn options(url: &str) -> KeystoneConfig {
    KeystoneConfig {
        auth_url: format!("{url}/v3"),
        username: "image-tags".to_owned(),
        password: "of-the-service".into(),
        project_name: "service".to_owned(),
        http_connect_timeout: Duration::from_secs(30),
        http_request_max_retries: 1,
        ..KeystoneConfig::default()
    }
}

/// The service before the Keystone at `url`.
pub fn app(url: &str, change: impl FnOnce(&mut KeystoneConfig)) -> TestApp {
    let mut config = config();
    config.auth.keystone = options(url);
    change(&mut config.auth.keystone);
    of(config)
}

fn of(config: Config) -> TestApp {
    let authenticator = Keystone::new(
        config.auth.keystone.options().unwrap(),
        config.server.request,
    )
    .unwrap();
    let store = Memory::with_images(config.images.iter().cloned());
    TestApp::of(Arc::new(store), Arc::new(authenticator), config)
}

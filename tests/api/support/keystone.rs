//! A mock Keystone: it accepts the login of the service, validates some tokens, and can be made to
//! misbehave.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use image_tags::auth::KeystoneAuthenticator;
use image_tags::config::{Config, KeystoneConfig};
use image_tags::store::Memory;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use wiremock::matchers::{header, header_regex, method, path};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, Times};

use super::{TestApp, config};

/// The prefix of the service's own tokens.
pub const SERVICE: &str = "gAAAAA-of-the-service";
/// A token of the member's project.
pub const VALID: &str = "gAAAAA-of-a-member";

/// The prefix of the tokens that are valid after [`MockKeystone::respond_to_all_after`].
pub const NEW: &str = "gAAAAA-new-";

/// A Keystone on a local port, backed by `wiremock`.
pub struct MockKeystone {
    pub server: MockServer,
    logins: Arc<AtomicUsize>,
}

/// The response body for a token of a member of the example project.
pub fn body_of(token: &str, expires_at: Timestamp) -> Value {
    let domain = json!({"id": "default", "name": "Default"});
    json!({"token": {
        "methods": ["password"],
        "user": {"id": format!("user-of-{token}"), "name": "demo", "domain": domain},
        "project": {"id": "5ef70662f8b34079a6eddb8da9d75fe8", "name": "demo", "domain": domain},
        "roles": [{"id": "1", "name": "member"}, {"id": "2", "name": "reader"}],
        "expires_at": expires_at.to_string(),
        "issued_at": "2026-01-01T00:00:00.000000Z",
        "audit_ids": ["x"],
    }})
}

pub fn in_an_hour() -> Timestamp {
    Timestamp::now() + SignedDuration::from_hours(1)
}

/// The response for a valid token.
pub fn valid(token: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body_of(token, in_an_hour()))
}

/// The response for an unknown token.
pub fn unknown() -> ResponseTemplate {
    let message = "Could not recognize Fernet token";
    ResponseTemplate::new(404)
        .set_body_json(json!({"error": {"code": 404, "message": message, "title": "Not Found"}}))
}

/// Responds to each login with a new token, and counts the logins.
struct LoginResponder(Arc<AtomicUsize>);

impl Respond for LoginResponder {
    fn respond(&self, _: &Request) -> ResponseTemplate {
        let number = self.0.fetch_add(1, Ordering::SeqCst);
        let body = body_of(SERVICE, in_an_hour());
        ResponseTemplate::new(201)
            .insert_header("X-Subject-Token", format!("{SERVICE}-{number}"))
            .set_body_json(body)
    }
}

impl MockKeystone {
    /// Starts on a free port.
    pub async fn start() -> Self {
        Self::at(TcpListener::bind("127.0.0.1:0").unwrap()).await
    }

    /// Starts on `listener`: accepts logins, and knows no token.
    pub async fn at(listener: TcpListener) -> Self {
        let mock = Self::rejecting_logins(listener).await;
        let logins = LoginResponder(Arc::clone(&mock.logins));
        Mock::given(method("POST"))
            .and(path("/v3/auth/tokens"))
            .respond_with(logins)
            .mount(&mock.server)
            .await;
        let others = Mock::given(method("GET"))
            .and(path("/v3/auth/tokens"))
            .respond_with(unknown())
            .with_priority(u8::MAX);
        others.mount(&mock.server).await;
        mock
    }

    /// Starts on `listener`, and responds with 404 to everything, logins included.
    pub async fn rejecting_logins(listener: TcpListener) -> Self {
        Self {
            server: MockServer::builder().listener(listener).start().await,
            logins: Arc::default(),
        }
    }

    /// Responds with `answer` to validations of `token`, and expects `times` of them.
    pub async fn respond_to(
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

    /// Responds to every validation after `delay`. Tokens that begin with [`NEW`] are valid.
    pub async fn respond_to_all_after(&self, delay: Duration) {
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

    /// Number of logins of the service.
    pub fn logins(&self) -> usize {
        self.logins.load(Ordering::SeqCst)
    }

    /// Number of validations that the service requested.
    pub async fn validations(&self) -> usize {
        let requests = self.server.received_requests().await.unwrap();
        requests
            .iter()
            .filter(|request| request.url.path() == "/v3/auth/tokens" && request.method == "GET")
            .count()
    }

    /// The service, connected to this Keystone.
    pub fn app(&self, change: impl FnOnce(&mut KeystoneConfig)) -> TestApp {
        app(&self.server.uri(), change)
    }

    /// The same, with any part of the configuration changed.
    pub fn app_with(&self, change: impl FnOnce(&mut Config)) -> TestApp {
        let mut config = config();
        config.auth.keystone = options(&self.server.uri());
        change(&mut config);
        of(config)
    }
}

/// The `[auth.keystone]` of a service that is connected to the Keystone at `url`.
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

/// The service, connected to the Keystone at `url`.
pub fn app(url: &str, change: impl FnOnce(&mut KeystoneConfig)) -> TestApp {
    let mut config = config();
    config.auth.keystone = options(url);
    change(&mut config.auth.keystone);
    of(config)
}

fn of(config: Config) -> TestApp {
    let authenticator = KeystoneAuthenticator::new(
        config.auth.keystone.options().unwrap(),
        config.server.request_timeout,
    )
    .unwrap();
    let store = Memory::with_images(config.images.iter().cloned());
    TestApp::of(Arc::new(store), Arc::new(authenticator), config)
}

//! Requests to Keystone: attempts with a bounded time and a pause between them, answers of a bounded size.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};
use reqwest::{RequestBuilder, StatusCode, Url};
use serde::de::DeserializeOwned;

use super::answer::{ErrorAnswer, TokenAnswer, Validated};
use super::session::{Login, Session};
use super::{KeystoneFault, KeystoneOptions, NoClient};
use crate::auth::Token;

/// The longest answer. A token without the catalog takes some kilobytes; one with a catalog of a large cloud, some hundred.
const MAX_BYTES: usize = 1 << 20;

/// The pause before the second attempt. Each one after it is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// Speaks to one Keystone.
#[derive(Debug)]
pub(super) struct Client {
    http: Arc<Http>,
    login: Arc<Login>,
}

/// Sends requests, several times if need be.
#[derive(Debug)]
pub(super) struct Http {
    pub(super) client: reqwest::Client,
    pub(super) options: KeystoneOptions,
    /// Whether the last attempt, of whatever request, waited for an answer in vain.
    hangs: AtomicBool,
}

/// An answer with its whole body.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    body: Vec<u8>,
}

impl Client {
    pub(super) fn new(options: KeystoneOptions) -> Result<Self, NoClient> {
        let http = Http {
            client: options.client()?,
            options,
            hangs: AtomicBool::default(),
        };
        Ok(Self {
            http: Arc::new(http),
            login: Arc::default(),
        })
    }

    /// Whether Keystone lets those who ask wait until they give up, as far as one can know.
    pub(super) fn hangs(&self) -> bool {
        self.http.hangs.load(Ordering::Relaxed)
    }

    /// The fault when somebody waits no longer.
    pub(super) fn gave_up(&self) -> KeystoneFault {
        self.http.hangs.store(true, Ordering::Relaxed);
        KeystoneFault::Slow
    }

    /// What Keystone says of `token`; `None` if it does not know it, or not any more.
    pub(super) async fn validate(&self, token: &Token) -> Result<Option<Validated>, KeystoneFault> {
        let session = self.session(None).await?;
        let mut answer = self.ask(&session, token).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            // The service's own token has been revoked before its time: once more with a new one.
            let session = self.session(Some(&session)).await?;
            answer = self.ask(&session, token).await?;
        }
        match answer.status {
            StatusCode::OK => Ok(Some(answer.json::<TokenAnswer>()?.validated())),
            StatusCode::NOT_FOUND if is_of_keystone(&answer) => Ok(None),
            StatusCode::UNAUTHORIZED => Err(KeystoneFault::Refused),
            StatusCode::FORBIDDEN => Err(KeystoneFault::Forbidden),
            status => Err(KeystoneFault::Status(status)),
        }
    }

    /// The session of the service: the one there is, unless it has ended or is `refused`.
    async fn session(&self, refused: Option<&Session>) -> Result<Session, KeystoneFault> {
        self.login.session(&self.http, refused).await
    }

    async fn ask(&self, session: &Session, token: &Token) -> Result<Answer, KeystoneFault> {
        let mut url = session.endpoint.clone();
        url.set_path(&format!("{}/auth/tokens", url.path()));
        url.set_query(Some("nocatalog"));
        let mut subject = HeaderValue::from_str(token.expose())
            .map_err(|_| KeystoneFault::Malformed("a token"))?;
        subject.set_sensitive(true);
        let request = self
            .http
            .client
            .get(url)
            .header("X-Auth-Token", &session.token)
            .header("X-Subject-Token", subject);
        self.http.send(request).await
    }
}

impl Http {
    /// Sends `request`, again after a pause if that may help.
    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Answer, KeystoneFault> {
        let mut pause = FIRST_PAUSE;
        for _ in 0..self.options.retries {
            let Some(attempt) = request.try_clone() else {
                break;
            };
            match self.once(attempt).await {
                Err(fault) if fault.may_pass() => tracing::debug!(%fault, "another attempt"),
                outcome => return outcome,
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        self.once(request).await
    }

    async fn once(&self, request: RequestBuilder) -> Result<Answer, KeystoneFault> {
        let outcome = attempt(request).await;
        let hangs =
            matches!(&outcome, Err(KeystoneFault::Unreachable(error)) if error.is_timeout());
        self.hangs.store(hangs, Ordering::Relaxed);
        outcome
    }

    pub(super) fn get(&self, url: Url) -> RequestBuilder {
        self.client.get(url).header(ACCEPT, "application/json")
    }
}

/// Whether it is Keystone that says no, and not a proxy on the way that does not find it.
fn is_of_keystone(answer: &Answer) -> bool {
    answer
        .json::<ErrorAnswer>()
        .is_ok_and(|error| error.code() == answer.status.as_u16())
}

async fn attempt(request: RequestBuilder) -> Result<Answer, KeystoneFault> {
    let mut response = request.send().await.map_err(KeystoneFault::Unreachable)?;
    let status = response.status();
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Err(KeystoneFault::Status(status));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(KeystoneFault::Unreachable)? {
        if body.len() + chunk.len() > MAX_BYTES {
            return Err(KeystoneFault::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer {
        status,
        headers: std::mem::take(response.headers_mut()),
        body,
    })
}

impl Answer {
    /// The body. Its parse error is not handed on: it may quote the body.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, KeystoneFault> {
        serde_json::from_slice(&self.body).map_err(|_| KeystoneFault::Malformed("its body"))
    }
}

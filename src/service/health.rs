//! Whether the service can do its work, for load balancers and orchestrators. None of these needs a
//! token.
//!
//! `/livez` asks nothing: the process answers. `/readyz` and `/healthcheck` ask whether this
//! process shall get requests: they fail while the store does not answer, while
//! `server.disable_file` exists, and from the beginning of a shutdown.
//!
//! The answers of `/healthcheck` are those of oslo.middleware 8.2. Only HTML is missing, and the
//! 503 for the store has an error body unless the client prefers JSON. Concurrent checks share one
//! ping of the store, and its result counts for a second. So any number of checks costs one ping a
//! second.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout};
use tracing::warn;

use super::error::ServiceError;
use crate::http::HttpError;
use crate::http::response::{ErrorCause, RETRY_AFTER_SECONDS, accept};
use crate::store::{ImageStore, StoreError};

/// How long the result of a ping counts.
const PING_TTL: Duration = Duration::from_secs(1);

/// The longest time that a ping or a look for the file may take: less than load balancers and
/// orchestrators wait.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// The result of a ping and its time; `None` while the ping is in progress.
type PingResult = Option<(Instant, Result<(), Arc<StoreError>>)>;

/// What the client and the log are told of a store that does not answer.
const STORE_UNAVAILABLE: &str = "The store is not available.";

/// Why the service asks for no further requests, although it answers those that come. `Display` is
/// what oslo.middleware says, where it has the case.
#[derive(Clone, Copy, Debug, strum::Display)]
enum OutOfRotation {
    #[strum(to_string = "DISABLED BY FILE")]
    DisabledByFile,
    #[strum(to_string = "DRAINING")]
    Draining,
}

/// Knows whether the service is ready for requests.
#[derive(Debug)]
pub(super) struct Health {
    store: Arc<dyn ImageStore>,
    disable_file: Option<PathBuf>,
    /// One look for the file at a time: a file system that does not answer takes one thread.
    looks: Arc<Semaphore>,
    /// Whether the last look took too long.
    look_hangs: AtomicBool,
    is_draining: AtomicBool,
    last: Mutex<Option<watch::Receiver<PingResult>>>,
}

impl Health {
    /// Is ready while `store` answers and `disable_file` does not exist.
    pub(super) fn new(store: Arc<dyn ImageStore>, disable_file: Option<&Path>) -> Self {
        Self {
            store,
            disable_file: disable_file.map(Path::to_owned),
            looks: Arc::new(Semaphore::new(1)),
            look_hangs: AtomicBool::default(),
            is_draining: AtomicBool::new(false),
            last: Mutex::default(),
        }
    }

    /// Is not ready from now on.
    pub(super) fn drain(&self) {
        self.is_draining.store(true, Ordering::Relaxed);
    }

    /// Whether [`Self::drain`] was called.
    pub(super) fn is_draining(&self) -> bool {
        self.is_draining.load(Ordering::Relaxed)
    }

    /// Answers `/readyz`: 200 `ok`, or 503 and the reason.
    pub(super) async fn ready(&self) -> Response {
        if let Some(reason) = self.out_of_rotation().await {
            return unavailable(plain(reason.to_string()));
        }
        match self.ping().await {
            Ok(()) => plain("ok"),
            Err(error) => store_unavailable(plain(STORE_UNAVAILABLE), error),
        }
    }

    /// Answers `/healthcheck`: 200 `OK`, or 204 to `HEAD`; otherwise 503.
    pub(super) async fn check(
        &self,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<Response, ServiceError> {
        let accept = headers.get_all(header::ACCEPT);
        let accept: Vec<_> = accept.iter().cloned().collect();
        let is_json = method != Method::HEAD && accept::prefers_json_to_plain(&accept);
        let say = |reason: &str| match is_json {
            true => json(reason),
            false if method == Method::HEAD => plain(Body::empty()),
            false => plain(reason.to_owned()),
        };
        if let Some(reason) = self.out_of_rotation().await {
            return Ok(unavailable(say(&reason.to_string())));
        }
        match self.ping().await {
            Ok(()) if method == Method::HEAD => Ok(StatusCode::NO_CONTENT.into_response()),
            Ok(()) => Ok(say("OK")),
            Err(error) if is_json => Ok(store_unavailable(json(STORE_UNAVAILABLE), error)),
            Err(error) => Err(HttpError::Unavailable(error.into()).into()),
        }
    }

    /// Why the service asks for no requests, whatever the state of the store is.
    async fn out_of_rotation(&self) -> Option<OutOfRotation> {
        if self.is_draining() {
            return Some(OutOfRotation::Draining);
        }
        let file = self.disable_file.clone()?;
        let looks = Arc::clone(&self.looks);
        // A look that hangs keeps the permit, and later checks do not wait for it.
        if self.look_hangs.load(Ordering::Relaxed) && looks.available_permits() == 0 {
            return None;
        }
        let look = async {
            let permit = looks.acquire_owned().await;
            let look = move || {
                let exists = file.exists();
                drop(permit);
                exists
            };
            tokio::task::spawn_blocking(look).await.unwrap_or(false)
        };
        let exists = timeout(CHECK_TIMEOUT, look).await;
        if exists.is_err() {
            warn!("the file system of server.disable_file does not answer: it counts as absent");
        }
        self.look_hangs.store(exists.is_err(), Ordering::Relaxed);
        let exists = exists.unwrap_or(false);
        exists.then_some(OutOfRotation::DisabledByFile)
    }

    /// The result of the current or last ping, or of a new one.
    async fn ping(&self) -> Result<(), Arc<StoreError>> {
        let mut result = self.subscribe();
        // The sender disappears without a result if the store panics.
        let result = result.wait_for(Option::is_some).await;
        let result = result.ok().and_then(|result| result.clone());
        match result {
            Some((_, outcome)) => outcome,
            None => Err(Arc::new(StoreError::Internal("the store panicked".into()))),
        }
    }

    /// Subscribes to the result. A ping runs in a task of its own, so that it does not matter which
    /// of the waiting checks is cancelled.
    fn subscribe(&self) -> watch::Receiver<PingResult> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = last.as_ref().filter(|last| counts(last)) {
            return last.clone();
        }
        let (sender, result) = watch::channel(None);
        let store = Arc::clone(&self.store);
        tokio::spawn(async move {
            let outcome = timeout(CHECK_TIMEOUT, store.ping()).await;
            let outcome =
                outcome.unwrap_or_else(|elapsed| Err(StoreError::Unavailable(elapsed.into())));
            sender.send_replace(Some((Instant::now(), outcome.map_err(Arc::new))));
        });
        *last = Some(result.clone());
        result
    }
}

/// Whether the result is fresh, or its ping still in progress.
fn counts(result: &watch::Receiver<PingResult>) -> bool {
    let since = result.borrow().as_ref().map(|(since, _)| *since);
    since.map_or_else(
        || result.has_changed().is_ok(),
        |since| since.elapsed() < PING_TTL,
    )
}

/// Answers `/livez`: 200 `ok`.
pub(super) fn live() -> Response {
    plain("ok")
}

/// A 503 with the body of `response`. Without a cause it is no error in the log.
fn unavailable(mut response: Response) -> Response {
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response
}

/// A 503 that may be over soon.
fn store_unavailable(response: Response, error: Arc<StoreError>) -> Response {
    let mut response = unavailable(response);
    let cause = ErrorCause(Arc::new(HttpError::Unavailable(error.into())));
    response.extensions_mut().insert(cause);
    let retry_after = HeaderValue::from_static(RETRY_AFTER_SECONDS);
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, retry_after);
    response
}

/// The body as plain text.
fn plain(text: impl Into<Body>) -> Response {
    let content_type = [(header::CONTENT_TYPE, "text/plain; charset=UTF-8")];
    (content_type, text.into()).into_response()
}

/// The JSON body, laid out as oslo.middleware does it.
fn json(reason: &str) -> Response {
    let body = format!(
        "{{\n    \"detailed\": false,\n    \"reasons\": [\n        \"{reason}\"\n    ]\n}}"
    );
    let content_type = [(header::CONTENT_TYPE, "application/json")];
    (content_type, Body::from(body)).into_response()
}

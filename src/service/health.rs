//! `/healthcheck`: whether the service can do its work. It needs no token.
//!
//! The answers are those of oslo.middleware 8.2. Only HTML is missing, and a 503 has an error body
//! unless the client prefers JSON. Concurrent checks share one ping of the store, and its result
//! counts for a second. So any number of checks costs one ping a second.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::watch;
use tokio::time::Instant;

use super::error::ServiceError;
use crate::http::HttpError;
use crate::http::response::{ErrorCause, RETRY_AFTER_SECONDS, accept};
use crate::store::{ImageStore, StoreError};

/// How long the result of a ping counts.
const PING_TTL: Duration = Duration::from_secs(1);

/// The longest time that a ping may take: less than load balancers and orchestrators wait.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// The result of a ping and its time; `None` while the ping is in progress.
type PingResult = Option<(Instant, Result<(), Arc<StoreError>>)>;

/// Pings the store for health checks.
#[derive(Debug)]
pub(super) struct Health {
    store: Arc<dyn ImageStore>,
    last: Mutex<Option<watch::Receiver<PingResult>>>,
}

impl Health {
    pub(super) fn new(store: Arc<dyn ImageStore>) -> Self {
        Self {
            store,
            last: Mutex::default(),
        }
    }

    /// Answers a health check: 200 `OK`, or 204 to `HEAD`; 503 if the ping fails for any reason.
    pub(super) async fn check(
        &self,
        method: &Method,
        headers: &HeaderMap,
    ) -> Result<Response, ServiceError> {
        let accept = headers.get_all(header::ACCEPT);
        let accept: Vec<_> = accept.iter().cloned().collect();
        let is_json = method != Method::HEAD && accept::prefers_json_to_plain(&accept);
        match self.ping().await {
            Ok(()) if method == Method::HEAD => Ok(StatusCode::NO_CONTENT.into_response()),
            Ok(()) if is_json => Ok(json("OK").into_response()),
            Ok(()) => {
                let content_type = [(header::CONTENT_TYPE, "text/plain; charset=UTF-8")];
                Ok((content_type, "OK").into_response())
            }
            Err(error) if is_json => Ok(unavailable(error)),
            Err(error) => Err(HttpError::Unavailable(error.into()).into()),
        }
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
            let outcome = tokio::time::timeout(PING_TIMEOUT, store.ping()).await;
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

/// The 503 in JSON.
fn unavailable(error: Arc<StoreError>) -> Response {
    let mut response = json("The store is not available.");
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let retry_after = HeaderValue::from_static(RETRY_AFTER_SECONDS);
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, retry_after);
    let cause = ErrorCause(Arc::new(HttpError::Unavailable(error.into())));
    response.extensions_mut().insert(cause);
    response
}

/// The JSON body, laid out as oslo.middleware does it.
fn json(reason: &str) -> Response {
    let body = format!(
        "{{\n    \"detailed\": false,\n    \"reasons\": [\n        \"{reason}\"\n    ]\n}}"
    );
    let content_type = [(header::CONTENT_TYPE, "application/json")];
    (content_type, Body::from(body)).into_response()
}

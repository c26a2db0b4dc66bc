//! `/healthcheck`: whether the service can do its work. No token needed.
//!
//! The answers are those of oslo.middleware 8.2, but for HTML, and for the reasons of a 503, which carries an error page. The
//! store is asked once for all who ask at the same time, and what it said counts for a second, so that checks cost nothing
//! however many there are.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tokio::sync::watch;
use tokio::time::Instant;

use super::accept;
use super::context::Context;
use super::error::Error;
use super::page::{OwnBody, RETRY_AFTER_SECONDS};
use crate::store::{ImageStore, StoreError};

/// How long it counts what the store said.
const REMEMBERED: Duration = Duration::from_secs(1);

/// How long the store may take to say that it is well: less than a load balancer or an orchestrator waits.
const PATIENCE: Duration = Duration::from_secs(2);

/// What the store said, and when; `None` while it has not answered.
type Answer = Option<(Instant, Result<(), Arc<StoreError>>)>;

/// What the store said last.
#[derive(Debug, Default)]
pub(super) struct Health(Mutex<Option<watch::Receiver<Answer>>>);

impl Health {
    /// Whether the store is well, or was a moment ago.
    async fn of(&self, store: &Arc<dyn ImageStore>) -> Result<(), Arc<StoreError>> {
        let mut answer = self.asked(store);
        // There is none if the store panicked.
        let answered = answer
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|answer| answer.clone());
        match answered {
            Some((_, outcome)) => outcome,
            None => Err(Arc::new(StoreError::Internal("the store panicked".into()))),
        }
    }

    /// The answer of the store, or the one to be. It is asked by a task of its own, so that it does not matter which of those
    /// who ask goes away.
    fn asked(&self, store: &Arc<dyn ImageStore>) -> watch::Receiver<Answer> {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = last.as_ref().filter(|last| counts(last)) {
            return last.clone();
        }
        let (said, answer) = watch::channel(None);
        let store = Arc::clone(store);
        tokio::spawn(async move {
            let outcome = tokio::time::timeout(PATIENCE, store.ping()).await;
            let outcome =
                outcome.unwrap_or_else(|elapsed| Err(StoreError::Unavailable(elapsed.into())));
            said.send_replace(Some((Instant::now(), outcome.map_err(Arc::new))));
        });
        *last = Some(answer.clone());
        answer
    }
}

/// Whether the answer is fresh, or still to come.
fn counts(answer: &watch::Receiver<Answer>) -> bool {
    let since = answer.borrow().as_ref().map(|(since, _)| *since);
    since.map_or_else(
        || answer.has_changed().is_ok(),
        |since| since.elapsed() < REMEMBERED,
    )
}

/// 200 `OK`, to `HEAD` 204; 503 while the store cannot be reached.
pub(super) async fn check(
    context: &Context,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Response, Error> {
    let accept: Vec<_> = headers.get_all(header::ACCEPT).iter().cloned().collect();
    let is_json = method != Method::HEAD && accept::prefers_json_to_plain(&accept);
    match context.health.of(&context.store).await {
        Ok(()) if method == Method::HEAD => Ok(StatusCode::NO_CONTENT.into_response()),
        Ok(()) if is_json => Ok(json("OK").into_response()),
        Ok(()) => Ok(([(header::CONTENT_TYPE, "text/plain; charset=UTF-8")], "OK").into_response()),
        Err(error) if is_json => {
            let mut answer = json("The store is not available.");
            *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            answer.headers_mut().insert(
                header::RETRY_AFTER,
                HeaderValue::from_static(RETRY_AFTER_SECONDS),
            );
            // The envelope logs the error.
            answer
                .extensions_mut()
                .insert(Arc::new(Error::Unavailable(error.into())));
            answer.extensions_mut().insert(OwnBody);
            Ok(answer)
        }
        Err(error) => Err(Error::Unavailable(error.into())),
    }
}

/// The body in JSON, laid out as oslo.middleware does it.
fn json(reason: &str) -> Response {
    let body = format!(
        "{{\n    \"detailed\": false,\n    \"reasons\": [\n        \"{reason}\"\n    ]\n}}"
    );
    (
        [(header::CONTENT_TYPE, "application/json")],
        Body::from(body),
    )
        .into_response()
}

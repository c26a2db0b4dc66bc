//! What happens to one request that a fault has chosen.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::Response;

use crate::http::response::ErrorMessage;

/// The header that marks the answer to a chosen request with the id of the fault.
pub(crate) const FAULT: HeaderName = HeaderName::from_static("x-image-tags-fault");

/// The methods of the APIs.
const METHODS: [&str; 6] = ["GET", "HEAD", "PUT", "POST", "PATCH", "DELETE"];

/// The error or the wait that one request gets.
#[derive(Debug)]
pub(crate) struct InjectedFault {
    /// The id of the fault.
    pub(super) id: u64,
    /// The method of the request.
    pub(super) method: Method,
    pub(super) status: Option<StatusCode>,
    /// In seconds, for a 429 or 503.
    pub(super) retry_after: u32,
    pub(super) latency: Duration,
}

/// The cause of an injected 5xx, for the log.
#[derive(Debug, thiserror::Error)]
#[error("the error was injected by the fault {0}")]
struct InjectedError(u64);

impl InjectedFault {
    /// How long the request waits first.
    pub(crate) fn latency(&self) -> Duration {
        self.latency
    }

    /// Waits, and answers with the error, or with `answer` if the request only has to wait.
    pub(crate) async fn apply(&self, answer: impl Future<Output = Response>) -> Response {
        tokio::time::sleep(self.latency).await;
        let Some(status) = self.status else {
            return answer.await;
        };
        let text = format!("This error was injected by the fault {}.", self.id);
        ErrorMessage::new(status, text).into_response_for(InjectedError(self.id))
    }

    /// Marks the complete answer, and adds what an answer with this status has to say: a 401 has
    /// the `challenge`.
    pub(crate) fn mark(&self, headers: &mut HeaderMap, challenge: &HeaderValue) {
        headers.insert(FAULT, self.id.into());
        match self.status {
            Some(StatusCode::UNAUTHORIZED) => {
                headers.insert(header::WWW_AUTHENTICATE, challenge.clone());
            }
            Some(StatusCode::METHOD_NOT_ALLOWED) => {
                let others = METHODS.into_iter().filter(|other| self.method != *other);
                let others = others.collect::<Vec<_>>().join(", ");
                headers.extend(others.parse().ok().map(|others| (header::ALLOW, others)));
            }
            Some(StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) => {
                headers.insert(header::RETRY_AFTER, self.retry_after.into());
            }
            _ => {}
        }
    }
}

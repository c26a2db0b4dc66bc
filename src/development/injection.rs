//! What happens to one request that a rule has chosen.

use std::time::Duration;

use axum::http::{HeaderName, StatusCode};
use axum::response::Response;

use crate::http::response::ErrorMessage;

/// The header that marks the answer to a chosen request with the id of the rule.
const MARK: HeaderName = HeaderName::from_static("x-image-tags-fault");

/// The error or the wait that one request gets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Injection {
    /// The id of the rule.
    pub(super) id: u64,
    pub(super) status: Option<StatusCode>,
    pub(super) latency: Duration,
}

/// The cause of an injected 5xx, for the log.
#[derive(Debug, thiserror::Error)]
#[error("the error was injected by the fault {0}")]
struct InjectedError(u64);

impl Injection {
    /// Waits, and answers with the error, or with `answer` if the request only has to wait.
    pub(crate) async fn apply(self, answer: impl Future<Output = Response>) -> Response {
        tokio::time::sleep(self.latency).await;
        let Some(status) = self.status else {
            return answer.await;
        };
        let text = format!("This error was injected by the fault {}.", self.id);
        ErrorMessage::new(status, text).into_response_for(InjectedError(self.id))
    }

    /// Marks the complete answer.
    pub(crate) fn mark(self, response: &mut Response) {
        response.headers_mut().insert(MARK, self.id.into());
    }
}

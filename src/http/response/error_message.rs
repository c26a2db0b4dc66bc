//! What an error says, independent of the form of its body.

use std::error::Error;
use std::sync::Arc;

use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

/// What a client is told about an error: an extension of the response until
/// [`ErrorBody`](super::ErrorBody) renders it.
///
/// The parts are those of an exception of WebOb, which renders the errors of Glance.
#[derive(Clone, Debug)]
pub(crate) struct ErrorMessage {
    pub(super) status: StatusCode,
    pub(super) explanation: String,
    pub(super) detail: String,
    pub(super) is_short: bool,
    pub(super) header: Option<(HeaderName, HeaderValue)>,
}

/// The cause of a 5xx answer, as an extension of the response. The access log shows it; the client
/// does not see it.
#[derive(Clone, Debug)]
pub(crate) struct ErrorCause(pub(crate) Arc<dyn Error + Send + Sync>);

impl ErrorMessage {
    pub(crate) fn new(status: StatusCode, explanation: impl Into<String>) -> Self {
        Self {
            status,
            explanation: explanation.into(),
            detail: String::new(),
            is_short: false,
            header: None,
        }
    }

    /// Adds a detail, which follows the explanation in a paragraph of its own.
    pub(crate) fn with_detail(self, detail: impl Into<String>) -> Self {
        Self {
            detail: detail.into(),
            ..self
        }
    }

    /// Adds a header.
    pub(crate) fn with_header(self, name: HeaderName, value: HeaderValue) -> Self {
        Self {
            header: Some((name, value)),
            ..self
        }
    }

    /// Chooses the short form, which WebOb has for 405, 415 and 501.
    pub(crate) fn short(self) -> Self {
        Self {
            is_short: true,
            ..self
        }
    }

    /// A response that carries the message and, if the status is a 5xx, the error as its cause.
    pub(crate) fn into_response_for(self, error: impl Error + Send + Sync + 'static) -> Response {
        let mut response = self.status.into_response();
        if self.status.is_server_error() {
            let cause = ErrorCause(Arc::new(error));
            response.extensions_mut().insert(cause);
        }
        response.extensions_mut().insert(self);
        response
    }
}

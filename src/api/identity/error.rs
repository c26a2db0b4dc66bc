//! Errors of the embedded identity, in Keystone's form.

use std::sync::Arc;

use axum::Json;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::api::envelope::Cause;
use crate::store::Source;

/// An error, with the text that the client is told.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("{0}")]
    BadRequest(String),
    #[error("The request you have made requires authentication.")]
    Unauthorized,
    #[error("You are not authorized to perform the requested action.")]
    Forbidden,
    #[error("{0}")]
    NotFound(String),
    #[error("The method {0} is not allowed for this resource.")]
    MethodNotAllowed(Method),
    #[error("Request is too large.")]
    TooLarge,
    #[error("The request did not come in time.")]
    TooSlow,
    #[error("Too many logins at once. Please try again at a later time.")]
    Busy(#[source] Source),
    #[error("The server is currently unavailable. Please try again at a later time.")]
    Unavailable(#[source] Source),
    #[error("An unexpected error prevented the server from fulfilling your request.")]
    Internal(#[source] Source),
}

impl Fault {
    /// A fault of ours, which the client is told nothing of.
    pub(super) fn internal(cause: impl Into<Source>) -> Self {
        Self::Internal(cause.into())
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        let status = match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Busy(_) | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let title = status.canonical_reason().unwrap_or_default();
        let body = json!({"error": {"code": status.as_u16(), "message": self.to_string(), "title": title}});
        let mut response = (status, Json(body)).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(header::RETRY_AFTER, 1.into());
        }
        if status.is_server_error() {
            response.extensions_mut().insert(Cause(Arc::new(self)));
        }
        response
    }
}

//! The errors of the embedded identity, in Keystone's form.

use std::sync::Arc;

use axum::Json;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::http::response::ErrorCause;
use crate::http::{Cause, HttpError};

/// An error. `Display` is the text that the client receives.
#[derive(Debug, thiserror::Error)]
pub(super) enum IdentityError {
    #[error("{0}")]
    BadRequest(String),
    #[error("The request you have made requires authentication.")]
    Unauthorized,
    /// The policy of Keystone with this name refuses the request.
    #[error("You are not authorized to perform the requested action: identity:{0}.")]
    Forbidden(&'static str),
    #[error("{0}")]
    NotFound(String),
    #[error("The method {0} is not allowed for this resource.")]
    MethodNotAllowed(Method),
    #[error("Request is too large.")]
    TooLarge,
    #[error("The request did not come in time.")]
    TooSlow,
    #[error("Too many logins at once. Please try again at a later time.")]
    Busy(#[source] Cause),
    #[error("The server is currently unavailable. Please try again at a later time.")]
    Unavailable(#[source] Cause),
    #[error("An unexpected error prevented the server from fulfilling your request.")]
    Internal(#[source] Cause),
}

impl IdentityError {
    /// An internal error, about which the client learns nothing.
    pub(super) fn internal(cause: impl Into<Cause>) -> Self {
        Self::Internal(cause.into())
    }
}

impl From<HttpError> for IdentityError {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::BodyTooLarge => Self::TooLarge,
            HttpError::BodyTooSlow => Self::TooSlow,
            HttpError::Unavailable(_) => Self::Unavailable(error.into()),
            HttpError::Internal(_) => Self::internal(error),
            error => Self::BadRequest(error.to_string()),
        }
    }
}

impl IntoResponse for IdentityError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
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
            response.extensions_mut().insert(ErrorCause(Arc::new(self)));
        }
        response
    }
}

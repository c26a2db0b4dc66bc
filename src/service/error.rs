//! The errors of the service itself: those before a request reaches an API.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::auth::AuthError;
use crate::http::response::ErrorMessage;
use crate::http::{Cause, HttpError};
use crate::telemetry::RequestIdError;
use crate::upstream::UpstreamError;

/// An error before a request reaches an API. `Display` is the text that the client receives.
#[derive(Debug, thiserror::Error)]
pub(super) enum ServiceError {
    #[error(transparent)]
    Http(#[from] HttpError),
    /// Carries the value of `WWW-Authenticate`.
    #[error(
        "This server could not verify that you are authorized to access the document you requested. Either you \
         supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the \
         credentials required."
    )]
    Unauthorized(HeaderValue),
    #[error("The resource could not be found.")]
    NotFound,
    #[error("The server has either erred or is incapable of performing the requested operation.")]
    Panicked(#[source] Cause),
    #[error("The server is currently unavailable. Please try again at a later time.")]
    AuthUnavailable(#[from] AuthError),
    #[error("The server is currently unavailable. Please try again at a later time.")]
    TimedOut,
    #[error("The server is currently unavailable. Please try again at a later time.")]
    TooManyConnections,
}

impl From<UpstreamError> for ServiceError {
    fn from(error: UpstreamError) -> Self {
        HttpError::from(error).into()
    }
}

impl From<RequestIdError> for ServiceError {
    fn from(error: RequestIdError) -> Self {
        HttpError::from(error).into()
    }
}

impl IntoResponse for ServiceError {
    fn into_response(self) -> Response {
        let message = |status| ErrorMessage::new(status, self.to_string());
        let message = match &self {
            Self::Http(error) => error.message(),
            Self::Unauthorized(challenge) => message(StatusCode::UNAUTHORIZED)
                .with_header(header::WWW_AUTHENTICATE, challenge.clone()),
            Self::NotFound => message(StatusCode::NOT_FOUND),
            Self::Panicked(_) => message(StatusCode::INTERNAL_SERVER_ERROR),
            Self::AuthUnavailable(_) | Self::TimedOut | Self::TooManyConnections => {
                message(StatusCode::SERVICE_UNAVAILABLE)
            }
        };
        message.into_response_for(self)
    }
}

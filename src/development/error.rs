//! The errors of `/development`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::faults::MAX_FAULTS;
use crate::http::HttpError;
use crate::http::response::ErrorMessage;

/// An error. `Display` is the text that the client receives.
#[derive(Debug, thiserror::Error)]
pub(super) enum DevelopmentError {
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("This needs the token of an admin.")]
    Forbidden,
    #[error("The resource could not be found.")]
    NotFound,
    /// Carries the allowed methods.
    #[error("The method is not allowed for this resource.")]
    MethodNotAllowed(&'static str),
    #[error("Only a store in memory can be reset, and only if its data is in memory or discarded.")]
    NotInMemory,
    #[error("There are {MAX_FAULTS} faults already.")]
    TooMany,
}

impl IntoResponse for DevelopmentError {
    fn into_response(self) -> Response {
        let status = match &self {
            Self::Http(error) => return error.message().into_response_for(self),
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotInMemory | Self::TooMany => StatusCode::CONFLICT,
        };
        let mut message = ErrorMessage::new(status, self.to_string());
        if let Self::MethodNotAllowed(allowed) = self {
            message = message.with_header(header::ALLOW, HeaderValue::from_static(allowed));
        }
        message.into_response_for(self)
    }
}

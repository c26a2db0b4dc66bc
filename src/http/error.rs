//! Errors of HTTP itself: a request that cannot be read, an answer that cannot be written.

use std::borrow::Cow;

use axum::http::{HeaderName, HeaderValue, StatusCode};

use super::response::ErrorMessage;
use crate::budget::BudgetExhaustedError;
use crate::telemetry::RequestIdError;
use crate::upstream::UpstreamError;

/// The cause of a 5xx answer, for the log only.
pub(crate) type Cause = Box<dyn std::error::Error + Send + Sync>;

/// What is wrong with a request as HTTP, or why the service cannot answer it: [`Self::Unavailable`]
/// is the 503 of every resource whose store or memory is not available.
///
/// `Display` is the text that the client receives: Glance's, where Glance has the case. The text of
/// a 5xx reveals nothing of the inside; its source goes to the log.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error(
        "Error decoding your request. Either the URL or the request body contained characters that could not be \
         decoded by Glance"
    )]
    Undecodable,
    #[error(
        "The X-Openstack-Request-Id has more than 64 characters, or others than visible ASCII."
    )]
    RequestId(#[from] RequestIdError),
    #[error("{0} cannot contain the NUL character.")]
    Nul(&'static str),
    #[error("{0}")]
    Invalid(Cow<'static, str>),
    #[error("The request ended before its body did.")]
    BodyBroken(#[source] Cause),
    #[error("The server has waited too long for the request to be sent by the client.")]
    BodyTooSlow,
    #[error("The body of your request was too large for this server.")]
    BodyTooLarge,
    /// `header`, if any, lists the supported types in the answer.
    #[error("The request media type {sent} is not supported by this server.\n")]
    UnsupportedMediaType {
        sent: String,
        supported: &'static str,
        header: Option<HeaderName>,
    },
    #[error("The server has either erred or is incapable of performing the requested operation.")]
    Internal(#[source] Cause),
    #[error("The server is currently unavailable. Please try again at a later time.")]
    Unavailable(#[source] Cause),
}

impl HttpError {
    /// 400 with this text.
    pub(crate) fn invalid(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid(text.into())
    }

    /// The status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Undecodable
            | Self::RequestId(_)
            | Self::Nul(_)
            | Self::Invalid(_)
            | Self::BodyBroken(_) => StatusCode::BAD_REQUEST,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// What the client receives.
    pub(crate) fn message(&self) -> ErrorMessage {
        let message = ErrorMessage::new(self.status(), self.to_string());
        match self {
            Self::UnsupportedMediaType {
                supported, header, ..
            } => {
                let message = message
                    .short()
                    .with_detail(format!("Send one of: {supported}"));
                match header {
                    Some(name) => {
                        message.with_header(name.clone(), HeaderValue::from_static(supported))
                    }
                    None => message,
                }
            }
            _ => message,
        }
    }
}

impl From<UpstreamError> for HttpError {
    fn from(error: UpstreamError) -> Self {
        match error {
            UpstreamError::Ambiguous(text) => Self::invalid(text),
            error => Self::Unavailable(error.into()),
        }
    }
}

impl From<BudgetExhaustedError> for HttpError {
    fn from(error: BudgetExhaustedError) -> Self {
        Self::Unavailable(error.into())
    }
}

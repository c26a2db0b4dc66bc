//! Everything that can go wrong with a request. The only place where an error becomes a status and a text.
//!
//! The texts are Glance's where Glance has the case. Those of 5xx say nothing of the inside; the cause goes to the log.

use std::any::Any;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::auth::AuthError;
use crate::image::{Refusal, Tag, TagError};
use crate::store::{ChangeError, ListError, Source, StoreError};
use crate::telemetry::BadRequestId;

/// An error of a request. Its text is what the client is told.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(
        "Error decoding your request. Either the URL or the request body contained characters that could not be \
         decoded by Glance"
    )]
    Undecodable,
    #[error("The X-Openstack-Request-Id has more than 64 characters, or others than visible ASCII.")]
    RequestId(#[from] BadRequestId),
    #[error("A tag cannot contain the NUL character.")]
    NulInTag,
    /// In the words of Glance's schema validation, which show the tag twice.
    #[error(
        "Provided object does not match schema 'image': {quoted} is too long\n\n\
         Failed validating 'maxLength' in schema['properties']['tags']['items']:\n    \
         {{'type': 'string', 'maxLength': {max}}}\n\nOn instance['tags'][0]:\n    {quoted}",
        quoted = python_quoted(_0),
        max = Tag::MAX_CHARS
    )]
    TagTooLong(String),
    #[error("The request ended before its body did.")]
    BodyBroken(#[source] Source),
    #[error("{0}")]
    BadQuery(Cow<'static, str>),
    #[error(
        "This server could not verify that you are authorized to access the document you requested. Either you \
         supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the \
         credentials required."
    )]
    Unauthorized(HeaderValue),
    #[error("You are not authorized to complete {policy} action.")]
    Forbidden { policy: &'static str },
    #[error("The resource could not be found.")]
    NoSuchRoute,
    #[error("The resource could not be found.")]
    NoSuchTag,
    #[error("Image {0} not found.")]
    NoSuchImage(String),
    /// What Glance says instead when the image is to be shown.
    #[error("No image found with ID {0}")]
    NoImageToShow(String),
    #[error("The method {method} is not allowed for this resource. ")]
    MethodNotAllowed { method: Method, allow: &'static str },
    #[error("The server has waited too long for the request to be sent by the client.")]
    BodyTooSlow,
    #[error("The body of your request was too large for this server.")]
    BodyTooLarge,
    #[error(
        "Image tag limit exceeded for image {image}: The limit has been exceeded on the number of allowed image tags. \
         Attempted: {attempted}, Maximum: {maximum}:"
    )]
    TooManyTags { image: String, attempted: usize, maximum: usize },
    #[error("The media type {0} is not supported for this request: send application/json, or no body.")]
    MediaType(String),
    #[error("The server has either erred or is incapable of performing the requested operation.")]
    Internal(#[source] Source),
    #[error("\nThe request method {0} is not implemented for this server. ")]
    MethodNotImplemented(Method),
    #[error("The server is currently unavailable. Please try again at a later time.")]
    Unavailable(#[source] Source),
    #[error("The server is currently unavailable. Please try again at a later time.")]
    Slow,
    #[error("The server is currently unavailable. Please try again at a later time.")]
    TooManyConnections,
}

impl Error {
    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Undecodable
            | Self::RequestId(_)
            | Self::NulInTag
            | Self::TagTooLong(_)
            | Self::BodyBroken(_)
            | Self::BadQuery(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden { .. } => StatusCode::FORBIDDEN,
            Self::NoSuchRoute | Self::NoSuchTag | Self::NoSuchImage(_) | Self::NoImageToShow(_) => {
                StatusCode::NOT_FOUND
            }
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::BodyTooLarge | Self::TooManyTags { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::MethodNotImplemented(_) => StatusCode::NOT_IMPLEMENTED,
            Self::Unavailable(_) | Self::Slow | Self::TooManyConnections => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The header that goes with the status, if one does.
    pub(super) fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        match self {
            Self::Unauthorized(challenge) => Some((header::WWW_AUTHENTICATE, challenge.clone())),
            Self::MethodNotAllowed { allow, .. } => Some((header::ALLOW, HeaderValue::from_static(allow))),
            Self::BodyTooSlow | Self::TooManyConnections => {
                Some((header::CONNECTION, HeaderValue::from_static("close")))
            }
            _ => None,
        }
    }

    /// Whether the error page is of the short form that WebOb has for errors of method.
    pub(super) fn is_of_method(&self) -> bool {
        matches!(self, Self::MethodNotAllowed { .. } | Self::MethodNotImplemented(_))
    }

    /// What the client is told of a change that was not made to the image `text`.
    pub(super) fn of_change(error: ChangeError, text: String) -> Self {
        match error {
            ChangeError::NoSuchImage => Self::NoSuchImage(text),
            ChangeError::Refused(refusal) => match refusal {
                Refusal::NotVisible => Self::NoSuchImage(text),
                Refusal::Forbidden { policy } => Self::Forbidden { policy },
                Refusal::NoSuchTag => Self::NoSuchTag,
                Refusal::TooManyTags { attempted, maximum } => Self::TooManyTags { image: text, attempted, maximum },
            },
            ChangeError::Store(error) => error.into(),
        }
    }

    /// What the client is told of a text that is not a tag.
    pub(super) fn of_tag(error: TagError, text: String) -> Self {
        match error {
            TagError::TooLong => Self::TagTooLong(text),
            TagError::Nul => Self::NulInTag,
        }
    }

    /// What the client is told of a list that was not made after the image `marker`.
    pub(super) fn of_list(error: ListError, marker: &str) -> Self {
        match error {
            ListError::NoSuchMarker => Self::BadQuery(format!("No image found with ID {marker}").into()),
            ListError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::Unavailable(error.into()),
            StoreError::Internal(_) => Self::Internal(error.into()),
        }
    }
}

impl From<AuthError> for Error {
    fn from(error: AuthError) -> Self {
        Self::Unavailable(error.into())
    }
}

/// A response that carries the error; [`super::page::Page`] makes the one that the client sees of it.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Arc::new(self));
        response
    }
}

/// The answer to a request whose handler panicked. The panic hook has logged where and why.
pub(super) fn panicked(_: Box<dyn Any + Send>) -> Response<Body> {
    Error::Internal("a handler panicked".into()).into_response()
}

/// `text` between quotes as Python shows a string, which is what Glance's messages have.
fn python_quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut quoted = String::from(quote);
    for character in text.chars() {
        match character {
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ if character == quote => quoted.extend(['\\', quote]),
            _ if character.is_control() => {
                let _ = write!(quoted, "\\x{:02x}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted.push(quote);
    quoted
}

#[cfg(test)]
mod tests {
    use super::python_quoted;

    #[test]
    fn texts_are_quoted_as_python_quotes_them() {
        for (text, quoted) in [
            ("a", "'a'"),
            ("it's", "\"it's\""),
            ("it's \"x\"", "'it\\'s \"x\"'"),
            ("a\\b\n\r\t\u{1}\u{7f}\u{85}é", "'a\\\\b\\n\\r\\t\\x01\\x7f\\x85é'"),
        ] {
            assert_eq!(python_quoted(text), quoted);
        }
    }
}

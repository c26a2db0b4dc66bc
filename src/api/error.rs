//! Everything that can go wrong with a request. The only place where an error becomes a status and a text.
//!
//! The texts are Glance's where Glance has the case. Those of 5xx say nothing of the inside; the cause goes to the log.

use std::borrow::Cow;
use std::sync::Arc;

use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::auth::AuthError;
use crate::budget::BudgetExhaustedError;
use crate::image::{ImageId, Refusal};
use crate::store::{ChangeError, ListError, Source, StoreError};
use crate::telemetry::RequestIdError;

/// An error of a request. Its text is what the client is told.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
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
    #[error("Provided object does not match schema 'image': {0}")]
    Schema(String),
    #[error("{0}")]
    Invalid(Cow<'static, str>),
    #[error("The request ended before its body did.")]
    BodyBroken(#[source] Source),
    #[error(
        "This server could not verify that you are authorized to access the document you requested. Either you \
         supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the \
         credentials required."
    )]
    Unauthorized(HeaderValue),
    #[error("Attribute '{0}' is read-only.")]
    ReadOnly(String),
    #[error("Attribute '{0}' is reserved.")]
    Reserved(String),
    #[error("{0}")]
    Refused(Refusal),
    #[error("The resource could not be found.")]
    NoSuchRoute,
    /// What Glance says on the tag calls.
    #[error("Image {0} not found.")]
    NoSuchImage(String),
    /// What Glance says on other calls.
    #[error("No image found with ID {0}")]
    NoImageFound(String),
    #[error("Failed to find image {0} to delete")]
    NoImageToDelete(String),
    #[error("Not allowed to list members for image {0}: Only shared images have members.")]
    NotSharedToList(String),
    /// To `create`, `update` or `delete` members.
    #[error("Not allowed to {verb} members for image {image}.")]
    NotShared { verb: &'static str, image: String },
    #[error("Only shared images have members.")]
    NoMembers,
    #[error("{project} not found in the member list of the image {image}.")]
    NoSuchMember { project: String, image: String },
    #[error("Member {project} is duplicated for image {image}")]
    MemberExists { project: String, image: String },
    #[error("The method {method} is not allowed for this resource. ")]
    MethodNotAllowed { method: Method, allow: &'static str },
    #[error("The server has waited too long for the request to be sent by the client.")]
    BodyTooSlow,
    #[error("Image ID {0} already exists!")]
    ImageExists(ImageId),
    #[error("The body of your request was too large for this server.")]
    BodyTooLarge,
    #[error(
        "Image tag limit exceeded for image {image}: The limit has been exceeded on the number of allowed image tags. \
         Attempted: {attempted}, Maximum: {maximum}:"
    )]
    TooManyTags {
        image: String,
        attempted: usize,
        maximum: usize,
    },
    #[error(
        "Image member limit exceeded for image {image}: The limit has been exceeded on the number of allowed image \
         members for this image. Attempted: {attempted}, Maximum: {maximum}:"
    )]
    TooManyMembers {
        image: String,
        attempted: usize,
        maximum: usize,
    },
    #[error("The request media type {sent} is not supported by this server.\n")]
    MediaType { sent: String, wanted: &'static str },
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

/// The media types of a `PATCH` by the name of the header that lists them.
pub(super) const PATCH_TYPES: &str = "application/json-patch+json, application/openstack-images-v2.0-json-patch, \
                                      application/openstack-images-v2.1-json-patch";

impl Error {
    /// What was sent is not what it should be: 400 with this text.
    pub(super) fn invalid(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Invalid(text.into())
    }

    pub(super) fn status(&self) -> StatusCode {
        match self {
            Self::Undecodable
            | Self::RequestId(_)
            | Self::Nul(_)
            | Self::Schema(_)
            | Self::Invalid(_)
            | Self::BodyBroken(_) => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::ReadOnly(_)
            | Self::Reserved(_)
            | Self::NotSharedToList(_)
            | Self::NotShared { .. } => StatusCode::FORBIDDEN,
            Self::Refused(refusal) => status_of(refusal),
            Self::NoSuchRoute
            | Self::NoSuchImage(_)
            | Self::NoImageFound(_)
            | Self::NoImageToDelete(_)
            | Self::NoMembers
            | Self::NoSuchMember { .. } => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::ImageExists(_) | Self::MemberExists { .. } => StatusCode::CONFLICT,
            Self::BodyTooLarge | Self::TooManyTags { .. } | Self::TooManyMembers { .. } => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Self::MediaType { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::MethodNotImplemented(_) => StatusCode::NOT_IMPLEMENTED,
            Self::Unavailable(_) | Self::Slow | Self::TooManyConnections => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }

    /// The header that goes with the status, if one does.
    pub(super) fn header(&self) -> Option<(HeaderName, HeaderValue)> {
        match self {
            Self::Unauthorized(challenge) => Some((header::WWW_AUTHENTICATE, challenge.clone())),
            Self::MethodNotAllowed { allow, .. } => {
                Some((header::ALLOW, HeaderValue::from_static(allow)))
            }
            Self::MediaType {
                wanted: PATCH_TYPES,
                ..
            } => Some((
                HeaderName::from_static("accept-patch"),
                HeaderValue::from_static(PATCH_TYPES),
            )),
            _ => None,
        }
    }

    /// What the client is told, in the parts that a page of WebOb's has.
    pub(super) fn text(&self) -> Text {
        let own = self.to_string();
        match self {
            Self::MethodNotAllowed { .. } | Self::MethodNotImplemented(_) => Text {
                explanation: own,
                detail: String::new(),
                is_short: true,
            },
            Self::MediaType { wanted, .. } => Text {
                explanation: own,
                detail: format!("Send one of: {wanted}"),
                is_short: true,
            },
            Self::Refused(refusal) if has_general_explanation(refusal) => {
                let general = match self.status() {
                    StatusCode::FORBIDDEN => "Access was denied to this resource.",
                    _ => "There was a conflict when trying to complete your request.",
                };
                Text {
                    explanation: general.to_owned(),
                    detail: own,
                    is_short: false,
                }
            }
            _ => Text {
                explanation: own,
                detail: String::new(),
                is_short: false,
            },
        }
    }

    /// What the client is told of a change that was not made. An image that is not there or cannot be seen is `missing`.
    pub(super) fn of_change(error: ChangeError, missing: Self) -> Self {
        match error {
            ChangeError::NoSuchImage | ChangeError::Refused(Refusal::NotVisible) => missing,
            ChangeError::Refused(refusal) => Self::Refused(refusal),
            ChangeError::Store(error) => error.into(),
        }
    }

    /// What the client is told of a list that was not made after the image `marker`.
    pub(super) fn of_list(error: ListError, marker: &str) -> Self {
        match error {
            ListError::NoSuchMarker => {
                Self::Invalid(format!("No image found with ID {marker}").into())
            }
            ListError::Store(error) => error.into(),
        }
    }
}

/// The parts of an error page.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) explanation: String,
    pub(super) detail: String,
    /// Whether the page is of the short form that WebOb has for a few errors.
    pub(super) is_short: bool,
}

fn status_of(refusal: &Refusal) -> StatusCode {
    match refusal {
        Refusal::FormatsMissing(_)
        | Refusal::NoMemberStatus
        | Refusal::Unstorable(_)
        | Refusal::ReservedProperty(_)
        | Refusal::DoesNotFit { .. } => StatusCode::BAD_REQUEST,
        Refusal::Forbidden { .. }
        | Refusal::OwnerIsForAdmins
        | Refusal::CreatedForAnother(_)
        | Refusal::NotRemovable(_)
        | Refusal::FormatIsFixed(_)
        | Refusal::Protected(_)
        | Refusal::WrongStatus { .. }
        | Refusal::NotShared
        | Refusal::Deactivated => StatusCode::FORBIDDEN,
        Refusal::NotVisible | Refusal::NoSuchTag | Refusal::NoSuchMember => StatusCode::NOT_FOUND,
        Refusal::NoSuchProperty(_)
        | Refusal::PropertyExists(_)
        | Refusal::NoTagAt(_)
        | Refusal::TestFailed(_)
        | Refusal::MemberExists
        | Refusal::HasData(_) => StatusCode::CONFLICT,
        Refusal::TooManyTags { .. }
        | Refusal::TooManyProperties { .. }
        | Refusal::TooManyMembers { .. }
        | Refusal::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
    }
}

/// Whether Glance tells of this below the general explanation of the status.
fn has_general_explanation(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::OwnerIsForAdmins
            | Refusal::CreatedForAnother(_)
            | Refusal::NotRemovable(_)
            | Refusal::NoSuchProperty(_)
            | Refusal::PropertyExists(_)
            | Refusal::NoTagAt(_)
            | Refusal::TestFailed(_)
    )
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::Unavailable(error.into()),
            StoreError::Internal(_) => Self::Internal(error.into()),
        }
    }
}

impl From<BudgetExhaustedError> for Error {
    fn from(exhausted: BudgetExhaustedError) -> Self {
        Self::Unavailable(exhausted.into())
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

/// What became of a request whose handler panicked. The panic hook has logged where and why.
pub(super) fn panicked() -> Error {
    Error::Internal("a handler panicked".into())
}

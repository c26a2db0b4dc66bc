//! The errors of the Image API, with the status and the text of each.
//!
//! The texts are Glance's where Glance has the case. Refusals of images have a table of their own
//! in `refusal_status` and `refusal_text`.

use std::borrow::Cow;

use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::subject::Subject;
use super::{refusal_status, refusal_text};
use crate::budget::BudgetExhaustedError;
use crate::data::DataError;
use crate::http::HttpError;
use crate::http::response::ErrorMessage;
use crate::image::{ImageId, Refusal};
use crate::store::{ListError, StoreError, WriteError};

/// An error of a request to the Image API. `Display` is the text that the client receives.
#[derive(Debug, thiserror::Error)]
pub(in crate::image_api) enum Error {
    #[error(transparent)]
    Http(#[from] HttpError),
    #[error("Provided object does not match schema 'image': {0}")]
    Schema(String),
    #[error("Attribute '{0}' is read-only.")]
    ReadOnly(String),
    #[error("Attribute '{0}' is reserved.")]
    Reserved(String),
    #[error("{}", refusal_text::text(refusal, subject.as_ref()))]
    Refused {
        refusal: Refusal,
        subject: Option<Subject>,
    },
    #[error("No image found with ID {0}")]
    MarkerNotFound(String),
    #[error("No event found with ID {0} that set the tag.")]
    EventNotFound(u64),
    /// 404 with this text.
    #[error("{0}")]
    NotFound(String),
    #[error("The resource could not be found.")]
    NoSuchRoute,
    #[error(
        "This operation is currently not permitted on Glance Tasks. They are auto deleted after \
         reaching the time based on their expires_at property."
    )]
    TaskNotDeletable,
    #[error("The method {method} is not allowed for this resource. ")]
    MethodNotAllowed { method: Method, allow: &'static str },
    #[error("Too many images wait for their import. Try again later.")]
    TooManyImports,
    #[error("Store for identifier {0} not found")]
    NoSuchStore(String),
    #[error("Image ID {0} already exists!")]
    ImageExists(ImageId),
    #[error("{0}")]
    RangeNotSatisfiable(String),
    #[error(
        "Image storage media is full: There is not enough disk space on the image storage media."
    )]
    StorageFull(#[source] DataError),
    #[error(
        "Uploads are refused: the service has nowhere to keep image data. Its operator can set \
         data.url."
    )]
    UploadsRefused,
    #[error("\nThe request method {0} is not implemented for this server. ")]
    MethodNotImplemented(Method),
}

impl Error {
    /// 400 with this text.
    pub(in crate::image_api) fn invalid(text: impl Into<Cow<'static, str>>) -> Self {
        HttpError::invalid(text).into()
    }

    /// A refusal that is about `subject`.
    pub(in crate::image_api) fn refused(refusal: Refusal, subject: Subject) -> Self {
        Self::Refused {
            refusal,
            subject: Some(subject),
        }
    }

    /// The error for a change of `subject` that was not made.
    pub(in crate::image_api) fn from_write_error(error: WriteError, subject: Subject) -> Self {
        match error {
            WriteError::NoSuchImage => Self::refused(Refusal::NotVisible, subject),
            WriteError::Refused(refusal) => Self::refused(refusal, subject),
            error => error.into(),
        }
    }

    /// The error for a list that was not made after the image `marker`.
    pub(in crate::image_api) fn from_list_error(error: ListError, marker: &str) -> Self {
        match error {
            ListError::NoSuchMarker => Self::MarkerNotFound(marker.to_owned()),
            ListError::Store(error) => error.into(),
        }
    }

    /// The error for an image with this id that was not created.
    pub(in crate::image_api) fn from_create_error(error: WriteError, id: ImageId) -> Self {
        match error {
            WriteError::Exists => Self::ImageExists(id),
            error => error.into(),
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Http(error) => error.status(),
            Self::Schema(_) | Self::MarkerNotFound(_) => StatusCode::BAD_REQUEST,
            Self::ReadOnly(_) | Self::Reserved(_) | Self::UploadsRefused => StatusCode::FORBIDDEN,
            Self::RangeNotSatisfiable(_) => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::StorageFull(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooManyImports => StatusCode::SERVICE_UNAVAILABLE,
            Self::Refused { refusal, subject } => refusal_status::status(refusal, subject.as_ref()),
            Self::NoSuchRoute | Self::NotFound(_) | Self::EventNotFound(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } | Self::TaskNotDeletable => {
                StatusCode::METHOD_NOT_ALLOWED
            }
            Self::ImageExists(_) | Self::NoSuchStore(_) => StatusCode::CONFLICT,
            Self::MethodNotImplemented(_) => StatusCode::NOT_IMPLEMENTED,
        }
    }

    /// What the client receives.
    fn message(&self) -> ErrorMessage {
        let message = ErrorMessage::new(self.status(), self.to_string());
        match self {
            Self::Http(error) => error.message(),
            Self::MethodNotAllowed { allow, .. } => {
                let allow = HeaderValue::from_static(allow);
                message.short().with_header(header::ALLOW, allow)
            }
            Self::TaskNotDeletable => {
                let allow = HeaderValue::from_static("GET");
                message.short().with_header(header::ALLOW, allow)
            }
            Self::MethodNotImplemented(_) => message.short(),
            Self::Refused { refusal, .. } => match refusal_status::explanation(refusal) {
                Some(general) => {
                    ErrorMessage::new(self.status(), general).with_detail(self.to_string())
                }
                None => message,
            },
            _ => message,
        }
    }
}

impl From<Refusal> for Error {
    /// A refusal that is about no image in particular.
    fn from(refusal: Refusal) -> Self {
        Self::Refused {
            refusal,
            subject: None,
        }
    }
}

impl From<WriteError> for Error {
    /// The error for a write that is about no image in particular.
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Exists => HttpError::Internal(error.into()).into(),
            WriteError::NoSuchImage => Refusal::NotVisible.into(),
            WriteError::Refused(refusal) => refusal.into(),
            WriteError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) | StoreError::Overloaded(_) => {
                HttpError::Unavailable(error.into()).into()
            }
            StoreError::Internal(_) => HttpError::Internal(error.into()).into(),
        }
    }
}

impl From<DataError> for Error {
    fn from(error: DataError) -> Self {
        match error {
            DataError::Full(_) => Self::StorageFull(error),
            DataError::Unavailable(_) => HttpError::Unavailable(error.into()).into(),
            DataError::Missing => HttpError::Internal(error.into()).into(),
            DataError::Memory(error) => error.into(),
        }
    }
}

impl From<BudgetExhaustedError> for Error {
    fn from(error: BudgetExhaustedError) -> Self {
        HttpError::from(error).into()
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        self.message().into_response_for(self)
    }
}

//! Preconditions of requests to images and tags: which state of an image a request is meant for.
//!
//! They are evaluated inside the change, on the image as it is at that instant. So of several
//! clients that have read the same state, one changes it.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;

use super::error::refusal_status;
use crate::http::request::{ConditionHeaders, Outcome};
use crate::http::response::not_modified;
use crate::http::{EntityTag, HttpError};
use crate::image::{Image, Refusal, Tag};
use crate::store::DraftError;

/// The entity tag of an image, of its tags as a whole and of each of them.
///
/// The revision alone would come back when an image is deleted and another one gets its id, or when
/// a store in memory starts again.
pub(super) fn entity_tag(image: &Image) -> EntityTag {
    let created = image.created_at().as_microsecond();
    let updated = image.updated_at().as_microsecond();
    EntityTag::of(&[
        created.cast_unsigned(),
        updated.wrapping_sub(created).cast_unsigned(),
        image.revision(),
    ])
}

/// Extracts the preconditions of a request.
///
/// Handlers read them after the body, so that an error in the body comes first.
#[derive(Debug)]
pub(crate) struct SentPreconditions(Result<ConditionHeaders, HttpError>);

impl SentPreconditions {
    /// The preconditions for an image, for its tags as a whole, or for a tag that it has.
    pub(super) fn for_image(self) -> Result<Preconditions, HttpError> {
        let headers = self.0?;
        Ok(Preconditions { headers, tag: None })
    }

    /// The preconditions for a tag that the image may not have: then `*` does not name it.
    pub(super) fn for_tag(self, tag: &Tag) -> Result<Preconditions, HttpError> {
        let (headers, tag) = (self.0?, Some(tag.clone()));
        Ok(Preconditions { headers, tag })
    }

    /// The preconditions as they were sent, for what is no image yet, or is not on one image only.
    pub(super) fn headers(self) -> Result<ConditionHeaders, HttpError> {
        self.0
    }
}

impl<S: Sync> FromRequestParts<S> for SentPreconditions {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(ConditionHeaders::read(&parts.headers)))
    }
}

/// The preconditions of a request to an image or to tags of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Preconditions {
    headers: ConditionHeaders,
    /// The tag, if the request is to one that the image may not have.
    tag: Option<Tag>,
}

impl Preconditions {
    /// Whether the request may change `image`, as far as its preconditions go.
    pub(super) fn check(&self, image: &Image) -> Result<(), Refusal> {
        match self.evaluate(image) {
            Outcome::Met => Ok(()),
            Outcome::NotMatched | Outcome::Matched(_) => Err(Refusal::PreconditionFailed),
        }
    }

    /// For a read: the answer 304 if `If-None-Match` names the state of `image`.
    pub(super) fn not_modified(&self, image: &Image) -> Result<Option<Response>, Refusal> {
        match self.evaluate(image) {
            Outcome::Met => Ok(None),
            Outcome::Matched(tag) => Ok(Some(not_modified(&tag))),
            Outcome::NotMatched => Err(Refusal::PreconditionFailed),
        }
    }

    fn evaluate(&self, image: &Image) -> Outcome {
        if self.headers.is_empty() {
            return Outcome::Met;
        }
        let exists = self.tag.as_ref().is_none_or(|tag| image.tags.contains(tag));
        self.headers.evaluate(&entity_tag(image), exists)
    }
}

/// The outcome of a change whose preconditions were `checked` before it.
///
/// A refusal with 403 or 404 comes first (RFC 9110, 13.2.1): 412 would tell the client to read the
/// image and to try again, in vain.
pub(super) fn outcome(
    checked: Result<(), Refusal>,
    changed: Result<(), DraftError>,
) -> Result<(), DraftError> {
    match &changed {
        Err(DraftError::Unread | DraftError::NoSuchImage) => changed,
        Err(DraftError::Refused(refusal)) if comes_first(refusal) => changed,
        _ => checked.map_err(Into::into).and(changed),
    }
}

/// Whether the refusal comes before a precondition that is not met.
fn comes_first(refusal: &Refusal) -> bool {
    matches!(
        refusal_status(refusal, None),
        StatusCode::FORBIDDEN | StatusCode::NOT_FOUND
    )
}

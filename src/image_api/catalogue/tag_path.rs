//! The tag in the path of a request, read from its raw form.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;

use crate::http::HttpError;
use crate::http::request::{decode, encode};
use crate::image::{Refusal, Tag, TagError};
use crate::image_api::error::Error;
use crate::image_api::schemas;

/// Extracts the tag from `/v2/tags/{tag}` and the paths below it. The second segment is always the
/// tag, so a tag may have the name of an operation.
///
/// Handlers decode it after they have read the body, so that an error in the body comes first.
#[derive(Clone, Debug)]
pub(crate) struct TagPath(Uri);

impl TagPath {
    /// The tag to read about: 404 for a text that is too long, so that no image has it.
    pub(in crate::image_api) fn tag_to_read(&self) -> Result<Tag, Error> {
        self.read(|_| Refusal::NoSuchTag.into())
    }

    /// The tag to set: 400 for a text that is too long.
    pub(in crate::image_api) fn tag_to_set(&self) -> Result<Tag, Error> {
        self.read(schemas::invalid_tag)
    }

    fn read(&self, too_long: impl Fn(&str) -> Error) -> Result<Tag, Error> {
        let segment = self.0.path().split('/').nth(3);
        let text = decode(segment.unwrap_or_default())?;
        text.parse().map_err(|error| match error {
            TagError::TooLong => too_long(&text),
            TagError::Nul => HttpError::Nul("A tag").into(),
        })
    }
}

/// The path of what the catalogue has about `tag`.
pub(super) fn path_of(tag: &Tag, below: &str) -> String {
    format!("/v2/tags/{}{below}", encode(tag.as_str()))
}

impl<S: Sync> FromRequestParts<S> for TagPath {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.uri.clone()))
    }
}

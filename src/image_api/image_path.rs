//! The image and the tag or member in a path, read from its raw form.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::Uri;
use axum::http::request::Parts;

use crate::http::HttpError;
use crate::http::request::decode;
use crate::image::ImageId;

/// The image that a path names: the text, and the id if the text is one.
#[derive(Clone, Debug)]
pub(crate) struct ImageRef {
    pub(crate) text: String,
    pub(crate) id: Option<ImageId>,
}

/// Extracts image and item from `/v2/images/{image_id}/tags/{tag}` and `…/members/{member_id}`.
///
/// Handlers decode them after they have read the body, so that an error in the body comes first, as
/// in Glance.
#[derive(Clone, Debug)]
pub(crate) struct ImagePath(Uri);

impl ImagePath {
    /// The image that the path names.
    pub(crate) fn image(&self) -> Result<ImageRef, HttpError> {
        let text = decode(self.segment(3))?;
        Ok(ImageRef {
            id: text.parse().ok(),
            text,
        })
    }

    /// The tag or the member that the path names; empty if it names none.
    pub(crate) fn item(&self) -> Result<String, HttpError> {
        decode(self.segment(5))
    }

    fn segment(&self, number: usize) -> &str {
        let mut rest = self.0.path();
        for _ in 0..number {
            let slash = rest.bytes().position(|byte| byte == b'/');
            rest = slash.map_or("", |slash| &rest[slash + 1..]);
        }
        let end = rest.bytes().position(|byte| byte == b'/');
        &rest[..end.unwrap_or(rest.len())]
    }
}

impl<S: Sync> FromRequestParts<S> for ImagePath {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.uri.clone()))
    }
}

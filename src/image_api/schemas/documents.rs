//! `GET /v2/schemas/{name}`: the documents.

use axum::http::{HeaderName, header};

/// The answer with a schema.
type Schema = ([(HeaderName, &'static str); 1], &'static str);

const fn schema(text: &'static str) -> Schema {
    ([(header::CONTENT_TYPE, "application/json")], text)
}

pub(in crate::image_api) const IMAGE: Schema = schema(include_str!("image.json"));
pub(in crate::image_api) const IMAGES: Schema = schema(include_str!("images.json"));
pub(in crate::image_api) const MEMBER: Schema = schema(include_str!("member.json"));
pub(in crate::image_api) const MEMBERS: Schema = schema(include_str!("members.json"));

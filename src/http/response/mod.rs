//! Writing answers: JSON in pieces, error bodies in the form that the client prefers, compression,
//! CORS.

pub(crate) mod accept;
mod compression;
mod cors;
mod error_body;
mod error_message;
mod json;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::http::EntityTag;

pub(crate) use compression::{accepts_coding, compress};
pub(crate) use cors::{Cors, CorsAnswer};
pub(crate) use error_body::{ErrorBody, RETRY_AFTER_SECONDS};
pub(crate) use error_message::{ErrorCause, ErrorMessage};
pub(crate) use json::{json, write_text, written_json};

/// 304 for a client that has the state `tag` already.
pub(crate) fn not_modified(tag: &EntityTag) -> Response {
    let mut response = StatusCode::NOT_MODIFIED.into_response();
    tag.set_on(&mut response);
    response
}

/// 204 with the content type that the API documents show.
pub(crate) fn no_content() -> Response {
    without_content(StatusCode::NO_CONTENT)
}

/// 202 with the same content type, as in Glance.
pub(crate) fn accepted() -> Response {
    without_content(StatusCode::ACCEPTED)
}

fn without_content(status: StatusCode) -> Response {
    let content_type = HeaderValue::from_static("text/html; charset=UTF-8");
    (status, [(header::CONTENT_TYPE, content_type)]).into_response()
}

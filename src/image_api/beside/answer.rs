//! Answers of Glance.

use axum::body::{Body, to_bytes};
use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::response::Response;

use crate::http::HttpError;
use crate::image_api::error::Error;
use crate::upstream::{Upstream, UpstreamError};

/// The longest answer of Glance that is read as a whole, in bytes.
const MAX_ANSWER: usize = 16 << 20;

impl From<UpstreamError> for Error {
    fn from(error: UpstreamError) -> Self {
        HttpError::from(error).into()
    }
}

/// The image at the path in `head`, as Glance shows it to the sender of that request.
pub(super) async fn image_of_glance(
    upstream: &Upstream,
    mut head: Parts,
) -> Result<Response, Error> {
    head.method = Method::GET;
    head.headers.remove(header::CONTENT_TYPE);
    Ok(upstream.send(head, Body::empty()).await?)
}

/// The whole body of an answer of Glance.
pub(super) async fn whole(answer: Response) -> Result<Vec<u8>, Error> {
    let body = to_bytes(answer.into_body(), MAX_ANSWER).await;
    let body = body.map_err(|error| HttpError::Unavailable(error.into()))?;
    Ok(body.into())
}

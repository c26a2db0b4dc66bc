//! `PUT` and `DELETE /v2/images/{image_id}/tags/{tag}`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::body;
use super::context::{Caller, Context};
use super::error::Error;
use super::path::Named;
use crate::image::{Image, Refusal, Tag, TagError};

/// Sets the tag. A tag that is set stays set, once.
pub(super) async fn add(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    named: Named,
    request: Request,
) -> Result<Response, Error> {
    body::ignore(request, &context.settings).await?;
    let (image, text) = (named.image()?, named.tag()?);
    let tag: Tag = text.parse().map_err(|error| Error::of_tag(error, text))?;
    let quota = context.settings.tag_quota;
    context.change_image(caller, image, move |image| image.add_tag(&tag, quota)).await?;
    Ok(no_content())
}

/// Removes the tag, which must be there. One that is too long is not there, on no image.
pub(super) async fn remove(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    named: Named,
    request: Request,
) -> Result<Response, Error> {
    body::ignore(request, &context.settings).await?;
    let (image, text) = (named.image()?, named.tag()?);
    let tag = match text.parse::<Tag>() {
        Ok(tag) => Some(tag),
        Err(TagError::TooLong) => None,
        Err(error) => return Err(Error::of_tag(error, text)),
    };
    let change = move |image: &mut Image| tag.as_ref().map_or(Err(Refusal::NoSuchTag), |tag| image.remove_tag(tag));
    context.change_image(caller, image, change).await?;
    Ok(no_content())
}

/// 204 with the content type that the API document shows.
fn no_content() -> Response {
    (StatusCode::NO_CONTENT, [(header::CONTENT_TYPE, "text/html; charset=UTF-8")]).into_response()
}

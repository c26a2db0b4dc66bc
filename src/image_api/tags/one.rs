//! `GET`, `PUT` and `DELETE /v2/images/{image_id}/tags/{tag}`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::change::change;
use crate::http::HttpError;
use crate::http::response::no_content;
use crate::image::{Image, Refusal, Tag, TagError};
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::error::{Call, Error};
use crate::image_api::image_path::ImagePath;
use crate::image_api::precondition::{SentPreconditions, entity_tag};
use crate::image_api::schemas;

/// Answers whether the image has the tag: 204 if it does, otherwise 404. Also answers `HEAD`.
pub(in crate::image_api) async fn show(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
    preconditions: SentPreconditions,
) -> Result<Response, Error> {
    let (image, tag) = (path.image()?, possible_tag(&path.item()?)?);
    let preconditions = preconditions.for_image()?;
    let image = context.visible_image(&caller, image, Call::Tag).await?;
    if !tag.is_some_and(|tag| image.tags.contains(&tag)) {
        return Err(Refusal::NoSuchTag.into());
    }
    if let Some(not_modified) = preconditions.not_modified(&image)? {
        return Ok(not_modified);
    }
    let mut response = no_content();
    entity_tag(&image).set_on(&mut response);
    Ok(response)
}

/// Adds the tag. Adding a tag again changes nothing.
pub(in crate::image_api) async fn add(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
    preconditions: SentPreconditions,
    request: Request,
) -> Result<Response, Error> {
    context.bodies.discard(request).await?;
    let (image, text) = (path.image()?, path.item()?);
    let tag: Tag = text.parse().map_err(|error| match error {
        TagError::TooLong => schemas::invalid_tag(&text),
        TagError::Nul => HttpError::Nul("A tag").into(),
    })?;
    let quota = context.quotas.tags;
    let preconditions = preconditions.for_tag(&tag)?;
    let addition = move |image: &mut Image| image.add_tag(&tag, quota);
    change(&context, caller, image, preconditions, addition).await?;
    Ok(no_content())
}

/// Removes the tag: 404 if the image does not have it.
pub(in crate::image_api) async fn remove(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
    preconditions: SentPreconditions,
    request: Request,
) -> Result<Response, Error> {
    context.bodies.discard(request).await?;
    let (image, tag) = (path.image()?, possible_tag(&path.item()?)?);
    let preconditions = preconditions.for_image()?;
    let removal = move |image: &mut Image| {
        tag.as_ref()
            .map_or(Err(Refusal::NoSuchTag), |tag| image.remove_tag(tag))
    };
    change(&context, caller, image, preconditions, removal).await?;
    Ok(no_content())
}

/// The tag that `text` names; `None` if it is too long, so that no image has it.
fn possible_tag(text: &str) -> Result<Option<Tag>, Error> {
    match text.parse() {
        Ok(tag) => Ok(Some(tag)),
        Err(TagError::TooLong) => Ok(None),
        Err(TagError::Nul) => Err(HttpError::Nul("A tag").into()),
    }
}

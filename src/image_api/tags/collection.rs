//! `GET`, `PUT`, `POST` and `DELETE /v2/images/{image_id}/tags`: all tags of an image at once.
//!
//! Glance does not have these operations. Nova and Neutron have them for their resources, and
//! openstacksdk sends them for images too.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde::Serialize;

use super::body::{Edit, NewTags};
use super::change::change;
use crate::http::response::{self, no_content};
use crate::image::{Image, Tag};
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::error::{Call, Error};
use crate::image_api::image_path::ImagePath;
use crate::image_api::precondition::{SentPreconditions, entity_tag};
use crate::store::StoredImage;

/// The JSON of the tags of an image.
#[derive(Serialize)]
struct TagList<'a> {
    tags: &'a [Tag],
}

/// Answers the tags of an image, sorted.
pub(in crate::image_api) async fn list(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
    preconditions: SentPreconditions,
) -> Result<Response, Error> {
    let (image, preconditions) = (path.image()?, preconditions.for_image()?);
    let image = context.visible_image(&caller, image, Call::Tag).await?;
    match preconditions.not_modified(&image)? {
        Some(not_modified) => Ok(not_modified),
        None => tags_response(image, &context).await,
    }
}

/// Replaces all tags of an image and answers the new ones.
pub(in crate::image_api) async fn replace(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
    preconditions: SentPreconditions,
    request: Request,
) -> Result<Response, Error> {
    let body = context.bodies.declared_json(request).await?;
    let new = NewTags::read(body)?;
    let (image, preconditions) = (path.image()?, preconditions.for_image()?);
    let quota = context.quotas.tags;
    let replacement = move |image: &mut Image| new.apply(image, quota);
    let image = change(&context, caller, image, preconditions, replacement).await?;
    tags_response(image, &context).await
}

/// Adds tags and removes tags in one step, and answers the tags that the image then has.
pub(in crate::image_api) async fn edit(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
    preconditions: SentPreconditions,
    request: Request,
) -> Result<Response, Error> {
    let body = context.bodies.declared_json(request).await?;
    let wanted = Edit::read(body)?;
    let (image, preconditions) = (path.image()?, preconditions.for_image()?);
    let quota = context.quotas.tags;
    let edit = move |image: &mut Image| wanted.apply(image, quota);
    let image = change(&context, caller, image, preconditions, edit).await?;
    tags_response(image, &context).await
}

/// Removes all tags of an image.
pub(in crate::image_api) async fn clear(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
    preconditions: SentPreconditions,
    request: Request,
) -> Result<Response, Error> {
    context.bodies.discard(request).await?;
    let (image, preconditions) = (path.image()?, preconditions.for_image()?);
    let quota = context.quotas.tags;
    let removal = move |image: &mut Image| image.set_tags(BTreeSet::new(), quota);
    change(&context, caller, image, preconditions, removal).await?;
    Ok(no_content())
}

/// 200 with the tags of the image. The size of an image covers the JSON of its tags too.
async fn tags_response(stored: StoredImage, context: &Context) -> Result<Response, Error> {
    let StoredImage { image, memory } = stored;
    let list = TagList { tags: &image.tags };
    let mut response = response::json(&list, image.size(), memory, &context.budget).await?;
    entity_tag(&image).set_on(&mut response);
    Ok(response)
}

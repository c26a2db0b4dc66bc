//! `PUT` and `DELETE /v2/images/{image_id}/tags/{tag}`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;

use super::context::{Caller, Context};
use super::error::Error;
use super::image_path::{ImagePath, ImageRef};
use super::refusal::Call;
use super::schemas;
use crate::http::HttpError;
use crate::http::response::no_content;
use crate::image::{Image, Refusal, Tag, TagError};
use crate::policy;

/// Adds the tag. Adding a tag again changes nothing.
pub(super) async fn add(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    path: ImagePath,
    request: Request,
) -> Result<Response, Error> {
    context.bodies.discard(request).await?;
    let (image, text) = (path.image()?, path.item()?);
    let tag: Tag = text.parse().map_err(|error| match error {
        TagError::TooLong => schemas::invalid_tag(&text),
        TagError::Nul => HttpError::Nul("A tag").into(),
    })?;
    let quota = context.quotas.tags;
    change(&context, caller, image, move |image| {
        image.add_tag(&tag, quota)
    })
    .await
}

/// Removes the tag: 404 if the image does not have it. No image has a tag that is too long.
pub(super) async fn remove(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    path: ImagePath,
    request: Request,
) -> Result<Response, Error> {
    context.bodies.discard(request).await?;
    let (image, text) = (path.image()?, path.item()?);
    let tag = match text.parse::<Tag>() {
        Ok(tag) => Some(tag),
        Err(TagError::TooLong) => None,
        Err(TagError::Nul) => return Err(HttpError::Nul("A tag").into()),
    };
    let removal = move |image: &mut Image| {
        tag.as_ref()
            .map_or(Err(Refusal::NoSuchTag), |tag| image.remove_tag(tag))
    };
    change(&context, caller, image, removal).await
}

/// Applies `change` to the image. The policy comes first, so that its refusal is the one that
/// counts.
async fn change(
    context: &Context,
    caller: Caller,
    image: ImageRef,
    change: impl Fn(&mut Image) -> Result<(), Refusal> + Send + Sync + 'static,
) -> Result<Response, Error> {
    let identity = Arc::clone(&caller.identity);
    let allowed_change = move |image: &mut Image| {
        policy::may_modify(&identity, image)?;
        change(image)
    };
    let changed = context.change_image(caller, image, Call::Tag, allowed_change);
    changed.await?;
    Ok(no_content())
}

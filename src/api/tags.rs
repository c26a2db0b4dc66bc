//! `PUT` and `DELETE /v2/images/{image_id}/tags/{tag}`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::response::Response;

use super::context::{Caller, Context};
use super::error::Error;
use super::path::{ImageRef, Named};
use super::{body, no_content, schemas};
use crate::image::{Image, Refusal, Tag, TagError};
use crate::policy;

/// Sets the tag. A tag that is set stays set, once.
pub(super) async fn add(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    named: Named,
    request: Request,
) -> Result<Response, Error> {
    body::ignore(request, &context.settings).await?;
    let (image, text) = (named.image()?, named.item()?);
    let tag: Tag = text.parse().map_err(|error| match error {
        TagError::TooLong => schemas::fault_of_tag(&text),
        TagError::Nul => Error::Nul("A tag"),
    })?;
    let quota = context.settings.quotas.tags;
    change(&context, caller, image, move |image| {
        image.add_tag(&tag, quota)
    })
    .await
}

/// Removes the tag, which must be there. One that is too long is not there, on no image.
pub(super) async fn remove(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    named: Named,
    request: Request,
) -> Result<Response, Error> {
    body::ignore(request, &context.settings).await?;
    let (image, text) = (named.image()?, named.item()?);
    let tag = match text.parse::<Tag>() {
        Ok(tag) => Some(tag),
        Err(TagError::TooLong) => None,
        Err(TagError::Nul) => return Err(Error::Nul("A tag")),
    };
    let removal = move |image: &mut Image| {
        tag.as_ref()
            .map_or(Err(Refusal::NoSuchTag), |tag| image.remove_tag(tag))
    };
    change(&context, caller, image, removal).await
}

/// Changes the tags of an image that `caller` may change; whether it may comes before what the change says.
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
    match context
        .change_image(caller, &image, Error::NoSuchImage, allowed_change)
        .await
    {
        Ok(_) => Ok(no_content()),
        Err(Error::Refused(Refusal::TooManyTags { attempted, maximum })) => {
            Err(Error::TooManyTags {
                image: image.text,
                attempted,
                maximum,
            })
        }
        Err(error) => Err(error),
    }
}

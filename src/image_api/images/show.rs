//! `GET /v2/images/{image_id}`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use crate::http::response;
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::error::{Call, Error};
use crate::image_api::image_path::ImagePath;
use crate::image_api::images::view::ImageView;
use crate::image_api::precondition::{SentPreconditions, entity_tag};
use crate::store::StoredImage;

/// Answers one image.
pub(in crate::image_api) async fn show(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
    preconditions: SentPreconditions,
) -> Result<Response, Error> {
    let (image, preconditions) = (path.image()?, preconditions.for_image()?);
    let image = context.visible_image(&caller, image, Call::Other).await?;
    match preconditions.not_modified(&image)? {
        Some(not_modified) => Ok(not_modified),
        None => image_response(image, &context).await,
    }
}

/// 200 with the image. The reservation of the image becomes that of its JSON.
pub(in crate::image_api) async fn image_response(
    stored: StoredImage,
    context: &Context,
) -> Result<Response, Error> {
    let StoredImage { image, memory } = stored;
    let view = ImageView(&image);
    let write = |json: &mut _| view.write(json);
    let answer = response::written_json(write, image.size(), memory, &context.budget);
    let mut response = answer.await?;
    entity_tag(&image).set_on(&mut response);
    Ok(response)
}

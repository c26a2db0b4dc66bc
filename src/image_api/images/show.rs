//! `GET /v2/images/{image_id}`

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;

use crate::http::response;
use crate::image_api::context::{Caller, Context};
use crate::image_api::error::Error;
use crate::image_api::image_path::ImagePath;
use crate::image_api::images::view::ImageView;
use crate::image_api::refusal::Call;
use crate::store::StoredImage;

/// Answers one image.
pub(in crate::image_api) async fn show(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    path: ImagePath,
) -> Result<Response, Error> {
    let image = context.visible_image(&caller, path.image()?, Call::Other);
    image_response(image.await?, &context).await
}

/// 200 with the image. The reservation of the image becomes that of its JSON.
pub(super) async fn image_response(
    stored: StoredImage,
    context: &Context,
) -> Result<Response, Error> {
    let StoredImage { image, memory } = stored;
    let view = ImageView(&image);
    Ok(response::json(&view, image.size(), memory, &context.budget).await?)
}

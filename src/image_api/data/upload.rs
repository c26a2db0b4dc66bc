//! `PUT /v2/images/{image_id}/file`

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::purpose::Purpose;
use super::receive::receive;
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::error::Error;
use crate::image_api::image_path::ImagePath;

/// Receives the data of a queued image. The image is `saving` while data comes, and active once the
/// data store has all of it.
pub(in crate::image_api) async fn upload(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
    request: Request,
) -> Result<Response, Error> {
    receive(context, caller, path, request, Purpose::Upload).await
}

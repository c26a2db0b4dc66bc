//! `PUT /v2/images/{image_id}/stage`: data for the method `glance-direct`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::method::offered;
use crate::image::ImportMethod;
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::data::{Purpose, receive};
use crate::image_api::error::Error;
use crate::image_api::image_path::ImagePath;

/// Receives the data of a queued image, which is `uploading` until it is imported. Refuses the data
/// without reading it if the service does not offer the method.
pub(in crate::image_api) async fn stage(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
    request: Request,
) -> Result<Response, Error> {
    let method = ImportMethod::GlanceDirect;
    if !offered(&context).contains(&method) {
        let text = format!("'{method}' method is not available at this site.");
        return Err(Error::NotFound(text));
    }
    receive(context, caller, path, request, Purpose::Stage).await
}

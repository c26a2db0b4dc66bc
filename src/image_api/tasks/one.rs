//! `GET` and `DELETE /v2/tasks/{task_id}`.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::Uri;

use super::access;
use crate::http::request::decode;
use crate::image_api::context::{Caller, Context};
use crate::image_api::error::Error;

/// 404 for admins: there are no tasks.
pub(in crate::image_api) async fn show(
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Result<(), Error> {
    access::check(&caller.identity)?;
    let id = decode(uri.path().rsplit('/').next().unwrap_or_default())?;
    Err(Error::NotFound(format!("Could not find task {id}")))
}

/// 405 for admins, whether the task exists or not, as in Glance.
pub(in crate::image_api) async fn delete(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<(), Error> {
    context.bodies.discard(request).await?;
    access::check(&caller.identity)?;
    Err(Error::TaskNotDeletable)
}

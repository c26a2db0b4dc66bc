//! `GET` and `DELETE /v2/tasks/{task_id}`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::Uri;
use serde_json::Value;

use super::find::all;
use crate::http::request::decode;
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::error::Error;

/// Answers the task to admins.
pub(in crate::image_api) async fn show(
    State(context): State<Arc<Context>>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<Value>, Error> {
    caller.rights.may_use_tasks()?;
    let id = decode(uri.path().rsplit('/').next().unwrap_or_default())?;
    let tasks = all(&context, &caller).await?;
    let task = tasks.iter().find(|task| task.import.id.to_string() == id);
    let task = task.ok_or_else(|| Error::NotFound(format!("Could not find task {id}")))?;
    Ok(Json(task.whole()))
}

/// 405 for admins, whether the task exists or not, as in Glance.
pub(in crate::image_api) async fn delete(
    State(context): State<Arc<Context>>,
    caller: Caller,
    request: Request,
) -> Result<(), Error> {
    context.bodies.discard(request).await?;
    caller.rights.may_use_tasks()?;
    Err(Error::TaskNotDeletable)
}

//! `GET /v2/images/{image_id}/tasks`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::view::Task;
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::error::{Call, Error};
use crate::image_api::image_path::ImagePath;

/// Answers the tasks of an image to everybody who sees it: its last import.
pub(in crate::image_api) async fn of_image(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: ImagePath,
) -> Result<Json<Value>, Error> {
    let image = context.visible_image(&caller, path.image()?, Call::ListTasks);
    let task = Task::of(&*image.await?, Timestamp::now());
    let tasks: Vec<_> = task.iter().map(Task::of_image).collect();
    Ok(Json(json!({"tasks": tasks})))
}

//! `GET` and `POST /v2/tasks`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::Uri;
use serde::Serialize;
use serde_json::Value;

use super::find::all;
use super::query::TaskQuery;
use super::view::Task;
use crate::http::request::parameters;
use crate::image::Refusal;
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::error::Error;
use crate::image_api::links::Links;

/// The JSON of the list of tasks.
#[derive(Serialize)]
pub(in crate::image_api) struct TaskList {
    tasks: Vec<Value>,
    #[serde(flatten)]
    links: Links,
    schema: &'static str,
}

/// Answers the tasks to admins: the last imports of all images.
pub(in crate::image_api) async fn list(
    State(context): State<Arc<Context>>,
    caller: Caller,
    uri: Uri,
) -> Result<Json<TaskList>, Error> {
    caller.rights.may_use_tasks()?;
    let parameters = parameters(uri.query().unwrap_or_default())?;
    let query = TaskQuery::read(&parameters)?;
    let (tasks, has_more) = query.page(all(&context, &caller).await?)?;
    let last = tasks.last().filter(|_| has_more);
    let marker = last.map(|task| task.import.id.to_string());
    Ok(Json(TaskList {
        tasks: tasks.iter().map(Task::summary).collect(),
        links: Links::new("/v2/tasks", &parameters, marker.as_deref()),
        schema: "/v2/schemas/tasks",
    }))
}

/// Refuses to create a task, to admins too: it is Glance's former way to import, which fetched data
/// from wherever the caller said.
pub(in crate::image_api) async fn create(
    State(context): State<Arc<Context>>,
    caller: Caller,
    request: Request,
) -> Result<(), Error> {
    caller.rights.may_use_tasks()?;
    context.bodies.json(request).await?;
    Err(Refusal::Forbidden { policy: "add_task" }.into())
}

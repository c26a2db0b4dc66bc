//! `GET` and `POST /v2/tasks`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::Uri;
use axum::{Extension, Json};
use serde::Serialize;
use uuid::Uuid;

use super::access;
use crate::http::request::parameters;
use crate::image::Refusal;
use crate::image_api::context::{Caller, Context};
use crate::image_api::error::Error;
use crate::image_api::images::limit;
use crate::image_api::links::Links;

/// The attributes that Glance can sort tasks by.
const SORT_KEYS: [&str; 10] = [
    "id",
    "type",
    "status",
    "owner",
    "image_id",
    "request_id",
    "user_id",
    "expires_at",
    "created_at",
    "updated_at",
];

/// The JSON of the list of tasks.
#[derive(Serialize)]
pub(in crate::image_api) struct TaskList {
    tasks: [(); 0],
    #[serde(flatten)]
    links: Links,
    schema: &'static str,
}

/// Answers the tasks to admins: none.
pub(in crate::image_api) async fn list(
    Extension(caller): Extension<Caller>,
    uri: Uri,
) -> Result<Json<TaskList>, Error> {
    access::check(&caller.identity)?;
    let parameters = parameters(uri.query().unwrap_or_default())?;
    for (name, value) in &parameters {
        check_parameter(name, value)?;
    }
    Ok(Json(TaskList {
        tasks: [],
        links: Links::new("/v2/tasks", &parameters, None),
        schema: "/v2/schemas/tasks",
    }))
}

/// Refuses what Glance refuses. No task is a marker. A parameter that is no filter is ignored.
fn check_parameter(name: &str, value: &str) -> Result<(), Error> {
    let is_one_of = |values: &[&str]| values.contains(&value);
    match name {
        "limit" => limit(value).map(|_| ()),
        "marker" if !value.is_empty() && Uuid::parse_str(value).is_err() => {
            Err(Error::invalid("Invalid marker format"))
        }
        "marker" => Err(Error::invalid(format!(
            "Task with the given id {value} was not found"
        ))),
        "sort_dir" if !is_one_of(&["asc", "desc"]) => {
            Err(Error::invalid(format!("Invalid sort direction: {value}")))
        }
        "sort_key" if !SORT_KEYS.contains(&value) => {
            Err(Error::invalid("Sort key supplied was not valid."))
        }
        "status" if !is_one_of(&["", "pending", "processing", "success", "failure"]) => {
            Err(Error::invalid(format!("Invalid status value: {value}")))
        }
        "type" if !is_one_of(&["", "import"]) => {
            Err(Error::invalid(format!("Invalid type value: {value}")))
        }
        _ => Ok(()),
    }
}

/// Refuses to create a task, to admins too: it is Glance's former way to import, which fetched data
/// from wherever the caller said.
pub(in crate::image_api) async fn create(
    State(context): State<Arc<Context>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<(), Error> {
    access::check(&caller.identity)?;
    context.bodies.json(request).await?;
    Err(Refusal::Forbidden { policy: "add_task" }.into())
}

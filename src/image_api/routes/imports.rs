//! The routes of imports and tasks.

use super::resource::{hidden_resource, resource};
use super::table::Routes;
use crate::image_api::{imports, tasks};

/// Imports, and the tasks that they are.
pub(in crate::image_api) fn imports_and_tasks() -> Routes {
    Routes::default()
        .route("/v2/info/import", resource("GET").get(imports::methods))
        .route("/v2/info/stores", resource("GET").get(imports::stores))
        .route(
            "/v2/images/{image_id}/stage",
            resource("PUT").put(imports::stage),
        )
        .route(
            "/v2/images/{image_id}/import",
            resource("POST").post(imports::start),
        )
        // Glance answers every other method as if there were no such path.
        .route(
            "/v2/images/{image_id}/tasks",
            hidden_resource().get(tasks::of_image),
        )
        .route(
            "/v2/tasks",
            resource("GET, POST").get(tasks::list).post(tasks::create),
        )
        .route(
            "/v2/tasks/{task_id}",
            resource("GET, DELETE")
                .get(tasks::show)
                .delete(tasks::delete),
        )
}

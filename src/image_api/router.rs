//! The route table of the Image API.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::from_fn_with_state;
use axum::response::Response;

use super::context::{Caller, Context};
use super::routes::{definitions, imports_and_tasks, no_such_route, resource, resource_with_head};
use super::{actions, catalogue, data, images, members, promotion, schemas, tags, versions};
use crate::http::call;
use crate::http::response::{accepts_coding, compress};

/// The Image API: routes requests that are authenticated, and whose path is in canonical form.
#[derive(Clone, Debug)]
pub(crate) struct ImageApi {
    context: Arc<Context>,
    routes: Router,
    /// The same routes for clients that accept compression. The others do not pay for the layer.
    compressing_routes: Router,
}

impl ImageApi {
    pub(crate) fn new(context: Context) -> Self {
        let context = Arc::new(context);
        let compression = from_fn_with_state(context.budget.clone(), compress);
        let routes = |documents: Router<Arc<Context>>| {
            let routes = documents.merge(changes()).merge(definitions());
            let routes = routes.merge(imports_and_tasks()).fallback(no_such_route);
            routes.with_state(Arc::clone(&context))
        };
        Self {
            routes: routes(documents()),
            compressing_routes: routes(documents().layer(compression)),
            context,
        }
    }

    /// Answers a request of `caller`.
    pub(crate) async fn answer(&self, mut request: Request, caller: Caller) -> Response {
        request.extensions_mut().insert(caller);
        let routes = if accepts_coding(request.headers()) {
            &self.compressing_routes
        } else {
            &self.routes
        };
        call(routes.clone(), request).await
    }

    /// Ends what goes on in the background: the service is about to stop.
    pub(crate) fn stop(&self) {
        self.context.stop();
    }

    /// Waits for the writes whose clients have disconnected. To be called once no request is in
    /// flight.
    pub(crate) async fn wait_for_writes(&self) {
        self.context.wait_for_writes().await;
    }
}

/// The routes whose answers may be long, and are then compressed.
fn documents() -> Router<Arc<Context>> {
    Router::new()
        .route("/v2", resource("GET").get(versions::supported))
        .route("/v2/", resource("GET").get(versions::supported))
        .route("/v2/versions", resource("GET").get(versions::supported))
        .route("/v2/schemas/image", resource("GET").get(schemas::IMAGE))
        .route("/v2/schemas/images", resource("GET").get(schemas::IMAGES))
        .route("/v2/schemas/member", resource("GET").get(schemas::MEMBER))
        .route("/v2/schemas/members", resource("GET").get(schemas::MEMBERS))
        .route("/v2/schemas/task", resource("GET").get(schemas::TASK))
        .route("/v2/schemas/tasks", resource("GET").get(schemas::TASKS))
        .route(
            "/v2/schemas/metadefs/{name}",
            resource("GET").get(schemas::metadefs),
        )
        .route(
            "/v2/images",
            resource("GET, POST").get(images::list).post(images::create),
        )
        .route(
            "/v2/images/{image_id}",
            resource("GET, PATCH, DELETE")
                .get(images::show)
                .patch(images::update)
                .delete(images::delete),
        )
        .route(
            "/v2/images/{image_id}/members",
            resource("GET, POST").get(members::list).post(members::add),
        )
        .route(
            "/v2/images/{image_id}/tags",
            resource("GET, PUT, POST, DELETE")
                .get(tags::list)
                .put(tags::replace)
                .post(tags::edit)
                .delete(tags::clear),
        )
        // Only GET is about the history: the other methods are about the tag with this name.
        .route(
            "/v2/images/{image_id}/tags/history",
            resource_with_head("GET, HEAD, PUT, DELETE")
                .get(catalogue::history_of_image)
                .head(tags::show)
                .put(tags::add)
                .delete(tags::remove),
        )
        .route("/v2/tags", resource("GET").get(catalogue::list))
        .route("/v2/tags/{tag}", resource("GET").get(catalogue::carriers))
        .route(
            "/v2/tags/{tag}/image",
            resource("GET, PUT")
                .get(catalogue::current)
                .put(promotion::promote),
        )
        .route(
            "/v2/tags/{tag}/history",
            resource("GET").get(catalogue::history_of_tag),
        )
}

/// The routes whose answers are short or empty.
fn changes() -> Router<Arc<Context>> {
    Router::new()
        .route(
            "/v2/images/{image_id}/file",
            resource("GET, PUT").get(data::download).put(data::upload),
        )
        .route(
            "/v2/images/{image_id}/actions/deactivate",
            resource("POST").post(actions::deactivate),
        )
        .route(
            "/v2/images/{image_id}/actions/reactivate",
            resource("POST").post(actions::reactivate),
        )
        .route(
            "/v2/images/{image_id}/tags/{tag}",
            resource_with_head("GET, HEAD, PUT, DELETE")
                .get(tags::show)
                .put(tags::add)
                .delete(tags::remove),
        )
        .route(
            "/v2/tags/{tag}/assign",
            resource("POST").post(promotion::assign),
        )
        .route(
            "/v2/tags/{tag}/revert",
            resource("POST").post(promotion::revert),
        )
        .route(
            "/v2/images/{image_id}/members/{member_id}",
            resource("GET, PUT, DELETE")
                .get(members::show)
                .put(members::update)
                .delete(members::remove),
        )
}

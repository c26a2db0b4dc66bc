//! The route table of the Image API.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::http::{HeaderValue, Method, header};
use axum::response::{IntoResponse as _, Response};
use tower::service_fn;

use super::caller::Caller;
use super::context::Context;
use super::request_state::RequestState;
use super::routes::{
    Route, RouteTable, Routes, definitions, imports_and_tasks, no_such_route, resource,
};
use super::{
    actions, beside, catalogue, data, images, members, promotion, schemas, tags, versions,
};
use crate::http::response::{accepts_coding, compress};

/// The Image API: routes requests that are authenticated, and whose path is in canonical form.
#[derive(Clone, Debug)]
pub(crate) struct ImageApi {
    context: Arc<Context>,
    routes: Arc<RouteTable>,
    /// Those that come first, if the images belong to a Glance.
    beside_glance: Option<Arc<RouteTable>>,
}

impl ImageApi {
    pub(crate) fn new(context: Context) -> Self {
        let others = changes().merge(definitions()).merge(imports_and_tasks());
        let beside_glance = || RouteTable::new(Routes::default(), changes_beside_glance());
        Self {
            beside_glance: context.upstream.as_ref().map(|_| Arc::new(beside_glance())),
            context: Arc::new(context),
            routes: Arc::new(RouteTable::new(documents(), others)),
        }
    }

    /// Answers a request of `caller`.
    pub(crate) async fn answer(&self, request: Request, caller: Caller) -> Response {
        let is_head = request.method() == Method::HEAD;
        let state = RequestState {
            context: Arc::clone(&self.context),
            caller,
        };
        let response = match self.route(&request) {
            // The others do not pay for the layer.
            Some(route) if route.is_document && accepts_coding(request.headers()) => {
                let routed = service_fn(async |request| {
                    Ok::<_, Infallible>(route.resource.answer(request, state.clone()).await)
                });
                Box::pin(compress(request, &self.context.budget, routed)).await
            }
            Some(route) => route.resource.answer(request, state).await,
            None => no_such_route(request.method().clone()).into_response(),
        };
        completed(response, is_head)
    }

    fn route(&self, request: &Request) -> Option<&Route> {
        let path = request.uri().path();
        let beside = self.beside_glance.as_ref().and_then(|table| table.at(path));
        let beside = beside.filter(|route| route.resource.has(request.method()));
        beside.or_else(|| self.routes.at(path))
    }

    /// The paths of all routes, with the names of their parameters.
    pub(crate) fn paths(&self) -> &[&'static str] {
        self.routes.paths()
    }

    /// The position in [`paths`](Self::paths) of the route of `path`; `None` if it has none.
    pub(crate) fn position(&self, path: &str) -> Option<usize> {
        self.routes.at(path).map(|route| route.position)
    }
}

/// Adds the length of the body, and removes the body of an answer to `HEAD`.
fn completed(mut response: Response, is_head: bool) -> Response {
    if let Some(length) = response.body().size_hint().exact() {
        let length_header = response.headers_mut().entry(header::CONTENT_LENGTH);
        length_header.or_insert_with(|| HeaderValue::from(length));
    }
    if is_head {
        *response.body_mut() = Body::empty();
    }
    response
}

/// The routes whose answers may be long, and are then compressed.
fn documents() -> Routes {
    Routes::default()
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
            resource("GET, HEAD, PUT, DELETE")
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

/// The routes of changes that are about tags and more, if the images belong to a Glance.
fn changes_beside_glance() -> Routes {
    Routes::default()
        .route("/v2/images", resource("GET, POST").post(beside::create))
        .route(
            "/v2/images/{image_id}",
            resource("GET, PATCH, DELETE")
                .patch(beside::patch)
                .delete(beside::delete),
        )
}

/// The routes whose answers are short or empty.
fn changes() -> Routes {
    Routes::default()
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
            resource("GET, HEAD, PUT, DELETE")
                .get(tags::show)
                .head(tags::show)
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

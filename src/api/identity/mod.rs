//! The embedded identity: as much of the Identity API v3 as clients need to log in, at `/identity/v3`.
//!
//! For development and tests: its users stand in the configuration, its tokens die with the process. Errors are JSON, as
//! Keystone's are.

mod error;
mod login;
mod tokens;
mod view;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json};
use serde_json::json;

use self::error::Fault;
use super::context::Context;
use super::error::Error;
use super::json;
use crate::auth::{Directory, TokenTable};

/// What the embedded identity works with.
#[derive(Debug)]
pub struct IdentityService {
    /// Users and projects.
    pub directory: Directory,
    /// The table into which it issues tokens: the one that the image API looks them up in.
    pub tokens: Arc<TokenTable>,
    /// How long a token is valid.
    pub token: Duration,
    /// The region of the endpoints in the catalog.
    pub region: String,
}

/// The URL of the service as the client reaches it, as an extension of every request.
#[derive(Clone, Debug)]
pub(super) struct Base(pub(super) String);

/// Every path of the embedded identity. A slash at the end has been taken away.
pub(super) fn routes(context: Arc<Context>) -> Router {
    Router::new()
        .route("/identity", get(versions))
        .route("/identity/v3", get(version))
        .route(
            "/identity/v3/auth/tokens",
            post(tokens::issue).get(tokens::show).delete(tokens::revoke),
        )
        .route("/identity/v3/auth/catalog", get(tokens::catalog))
        .route("/identity/v3/auth/projects", get(tokens::own_projects))
        .route("/identity/v3/projects", get(tokens::projects))
        .route("/identity/v3/projects/{id}", get(tokens::project))
        .fallback(async || Fault::NotFound("The resource could not be found.".to_owned()))
        .method_not_allowed_fallback(async |method: Method| Fault::MethodNotAllowed(method))
        .with_state(context)
}

/// The choice of versions, which is one.
async fn versions(Extension(base): Extension<Base>) -> Response {
    let body = json!({"versions": {"values": [view::version(&base)]}});
    (StatusCode::MULTIPLE_CHOICES, Json(body)).into_response()
}

async fn version(Extension(base): Extension<Base>) -> Json<serde_json::Value> {
    Json(json!({"version": view::version(&base)}))
}

/// The service itself: its routes are asked only where it is there.
fn service(context: &Context) -> Result<&IdentityService, Fault> {
    context
        .identity
        .as_ref()
        .ok_or_else(|| Fault::NotFound("The resource could not be found.".to_owned()))
}

/// What handlers are given of the context.
type Shared = State<Arc<Context>>;

/// A login in JSON. Nobody has proved anything yet, so it may not be as long as other JSON.
async fn body(context: &Context, request: Request) -> Result<serde_json::Value, Fault> {
    let body = json::read_up_to(context.settings.body_bytes, request, context).await;
    body.and_then(|body| body.value())
        .map_err(|error| match error {
            Error::BodyTooLarge => Fault::TooLarge,
            Error::BodyTooSlow => Fault::TooSlow,
            error if error.status() == StatusCode::SERVICE_UNAVAILABLE => {
                Fault::Unavailable(error.into())
            }
            error if error.status().is_server_error() => Fault::internal(error),
            error => Fault::BadRequest(error.to_string()),
        })
}

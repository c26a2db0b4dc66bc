//! The route table of the embedded identity.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde_json::json;

use super::error::IdentityError;
use super::service::{BaseUrl, IdentityService};
use super::{catalog, directory, tokens, view};
use crate::http::call;

/// The embedded identity: routes requests whose path is in canonical form, without a trailing
/// slash.
#[derive(Clone, Debug)]
pub(crate) struct IdentityApi(Router);

impl IdentityApi {
    pub(crate) fn new(service: IdentityService) -> Self {
        Self(routes(Arc::new(service)))
    }

    /// Answers a request. `base` is the base URL of the service as the client reaches it.
    pub(crate) async fn answer(&self, mut request: Request, base: String) -> Response {
        request.extensions_mut().insert(BaseUrl(base));
        call(self.0.clone(), request).await
    }
}

/// Every path of the embedded identity. A slash at the end has been taken away.
fn routes(service: Arc<IdentityService>) -> Router {
    Router::new()
        .route("/identity", get(versions))
        .route("/identity/v3", get(version))
        .route(
            "/identity/v3/auth/tokens",
            post(tokens::issue).get(tokens::show).delete(tokens::revoke),
        )
        .route("/identity/v3/auth/catalog", get(catalog::catalog))
        .route("/identity/v3/auth/domains", get(directory::own_domains))
        .route("/identity/v3/auth/projects", get(directory::own_projects))
        .route("/identity/v3/domains", get(directory::list_domains))
        .route("/identity/v3/domains/{id}", get(directory::show_domain))
        .route("/identity/v3/projects", get(directory::list_projects))
        .route("/identity/v3/projects/{id}", get(directory::show_project))
        .route("/identity/v3/users/{id}", get(directory::show_user))
        .route(
            "/identity/v3/users/{id}/projects",
            get(directory::projects_of_user),
        )
        .fallback(async || IdentityError::NotFound("The resource could not be found.".to_owned()))
        .method_not_allowed_fallback(async |method: Method| IdentityError::MethodNotAllowed(method))
        .with_state(service)
}

/// The choice of versions, which is one.
async fn versions(Extension(base): Extension<BaseUrl>) -> Response {
    let body = json!({"versions": {"values": [view::version(&base)]}});
    (StatusCode::MULTIPLE_CHOICES, Json(body)).into_response()
}

async fn version(Extension(base): Extension<BaseUrl>) -> Json<serde_json::Value> {
    Json(json!({"version": view::version(&base)}))
}

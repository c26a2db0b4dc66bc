//! `GET /v3/auth/catalog`: where the services are.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::{Extension, Json};
use serde_json::{Value, json};

use super::credentials::caller;
use super::error::IdentityError;
use super::service::{BaseUrl, IdentityService};
use super::view;

/// Answers the catalog: empty for an unscoped token.
pub(super) async fn catalog(
    State(service): State<Arc<IdentityService>>,
    Extension(base): Extension<BaseUrl>,
    headers: HeaderMap,
) -> Result<Json<Value>, IdentityError> {
    let caller = caller(&headers, &service)?;
    let catalog = if caller.project.is_some() {
        view::catalog(&service, &base)
    } else {
        json!([])
    };
    Ok(Json(
        json!({"catalog": catalog, "links": {"self": format!("{}/identity/v3/auth/catalog", base.0)}}),
    ))
}

//! `/v3/users/{id}` and `/v3/users/{id}/projects`.
//!
//! A user sees itself, and an admin every user. Which users exist is for admins: to everybody else
//! every id but the own one is forbidden.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::{Extension, Json};
use serde_json::{Value, json};

use super::list::{self, Compare, Filters};
use super::path::id_in;
use crate::auth::User;
use crate::identity_api::credentials::caller;
use crate::identity_api::error::IdentityError;
use crate::identity_api::service::{BaseUrl, IdentityService};
use crate::identity_api::view;

/// What the list of the projects of a user can be filtered by.
const PROJECT_FILTERS: Filters = &[
    ("name", Compare::Exact),
    ("domain_id", Compare::Exact),
    ("enabled", Compare::Truth),
];

/// The user that the path names, if the caller may read it: `policy` is the name of the rule.
fn visible_user<'a>(
    service: &'a IdentityService,
    headers: &HeaderMap,
    uri: &Uri,
    policy: &'static str,
) -> Result<&'a User, IdentityError> {
    let caller = caller(headers, service)?;
    let id = id_in(uri)?;
    if caller.identity.user != id && !caller.identity.is_admin() {
        return Err(IdentityError::Forbidden(policy));
    }
    let user = service.directory.user(&id);
    user.ok_or_else(|| IdentityError::NotFound(format!("Could not find user: {id}.")))
}

/// Answers one user.
pub(in crate::identity_api) async fn show(
    State(service): State<Arc<IdentityService>>,
    Extension(base): Extension<BaseUrl>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, IdentityError> {
    let user = visible_user(&service, &headers, &uri, "get_user")?;
    Ok(Json(json!({"user": view::user(&base, user)})))
}

/// Answers the projects in which a user has a role.
pub(in crate::identity_api) async fn projects(
    State(service): State<Arc<IdentityService>>,
    Extension(base): Extension<BaseUrl>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, IdentityError> {
    let user = visible_user(&service, &headers, &uri, "list_user_projects")?;
    let projects = user.projects_with_role();
    let projects = projects.map(|(project, _)| view::project(&base, project));
    list::list(&base, &uri, "projects", projects.collect(), PROJECT_FILTERS)
}

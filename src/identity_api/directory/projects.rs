//! `/v3/auth/projects`, `/v3/projects` and `/v3/projects/{id}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::{Extension, Json};
use serde_json::{Value, json};

use super::list::{self, Compare, Filters};
use super::path::id_in;
use crate::auth::User;
use crate::http::request::parameters;
use crate::identity_api::credentials::caller;
use crate::identity_api::error::IdentityError;
use crate::identity_api::service::{BaseUrl, IdentityService};
use crate::identity_api::view;

/// What the list of all projects can be filtered by.
const FILTERS: Filters = &[
    ("name", Compare::Exact),
    ("domain_id", Compare::Exact),
    ("parent_id", Compare::Exact),
    ("enabled", Compare::Truth),
    ("is_domain", Compare::Truth),
];

/// Answers the projects in which the caller has a role.
pub(in crate::identity_api) async fn own(
    State(service): State<Arc<IdentityService>>,
    Extension(base): Extension<BaseUrl>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, IdentityError> {
    let caller = caller(&headers, &service)?;
    let user = service.directory.user(&caller.identity.user);
    let projects = user.into_iter().flat_map(User::projects_with_role);
    let projects = projects.map(|(project, _)| view::project(&base, project));
    list::list(&base, &uri, "projects", projects.collect(), &[])
}

/// Answers all projects, or those that match the filters, to admins. As in Keystone, a domain is a
/// project too, which only the filter `is_domain` finds.
pub(in crate::identity_api) async fn list(
    State(service): State<Arc<IdentityService>>,
    Extension(base): Extension<BaseUrl>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, IdentityError> {
    if !caller(&headers, &service)?.identity.is_admin() {
        return Err(IdentityError::Forbidden("list_projects"));
    }
    let projects = service.directory.projects().iter();
    let mut projects: Vec<_> = projects
        .map(|project| view::project(&base, project))
        .collect();
    let parameters = parameters(uri.query().unwrap_or_default())?;
    if parameters.iter().any(|(name, _)| name == "is_domain") {
        projects.push(view::domain_as_project(&base));
    }
    list::list(&base, &uri, "projects", projects, FILTERS)
}

/// Answers one project to the bearers of its tokens and to admins.
pub(in crate::identity_api) async fn show(
    State(service): State<Arc<IdentityService>>,
    Extension(base): Extension<BaseUrl>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, IdentityError> {
    let caller = caller(&headers, &service)?;
    let id = id_in(&uri)?;
    let own = caller.project.as_ref();
    let is_own = own.is_some_and(|(own, _)| own.as_str() == id);
    if !is_own && !caller.identity.is_admin() {
        return Err(IdentityError::Forbidden("get_project"));
    }
    let mut projects = service.directory.projects().iter();
    let found = projects.find(|project| project.id.as_str() == id);
    let project =
        found.ok_or_else(|| IdentityError::NotFound(format!("Could not find project: {id}.")))?;
    Ok(Json(json!({"project": view::project(&base, project)})))
}

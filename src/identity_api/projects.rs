//! `/v3/auth/catalog`, `/v3/auth/projects`, `/v3/projects` and `/v3/projects/{id}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::{Extension, Json};
use serde_json::{Value, json};

use super::credentials::caller;
use super::error::IdentityError;
use super::service::{BaseUrl, IdentityService};
use super::view;
use crate::auth::Project;
use crate::http::request::{decode, parameters};
use crate::policy::is_admin;

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

fn project_list<'a>(
    base: &BaseUrl,
    projects: impl IntoIterator<Item = &'a Project>,
    path: &str,
) -> Json<Value> {
    let projects: Vec<_> = projects
        .into_iter()
        .map(|project| view::project(base, project))
        .collect();
    let link = format!("{}/identity/v3/{path}", base.0);
    Json(json!({"projects": projects, "links": {"self": link, "previous": null, "next": null}}))
}

/// Answers the projects in which the caller has a role.
pub(super) async fn own(
    State(service): State<Arc<IdentityService>>,
    Extension(base): Extension<BaseUrl>,
    headers: HeaderMap,
) -> Result<Json<Value>, IdentityError> {
    let caller = caller(&headers, &service)?;
    let user = service.directory.user(&caller.identity.user);
    let projects = user
        .into_iter()
        .flat_map(|user| &user.projects)
        .map(|(project, _)| project);
    Ok(project_list(&base, projects, "auth/projects"))
}

/// Answers all projects, or those with a name, to admins.
pub(super) async fn list(
    State(service): State<Arc<IdentityService>>,
    Extension(base): Extension<BaseUrl>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, IdentityError> {
    if !is_admin(&caller(&headers, &service)?.identity) {
        return Err(IdentityError::Forbidden);
    }
    let parameters = parameters(uri.query().unwrap_or_default())?;
    let name = parameters
        .iter()
        .find(|(name, _)| name == "name")
        .map(|(_, value)| value);
    let wanted = |project: &&Project| name.is_none_or(|name| project.name == *name);
    Ok(project_list(
        &base,
        service.directory.projects().iter().filter(wanted),
        "projects",
    ))
}

/// Answers one project to its users and to admins.
pub(super) async fn show(
    State(service): State<Arc<IdentityService>>,
    Extension(base): Extension<BaseUrl>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, IdentityError> {
    let caller = caller(&headers, &service)?;
    let id = decode(uri.path().rsplit('/').next().unwrap_or_default())?;
    let is_own = caller
        .project
        .as_ref()
        .is_some_and(|(own, _)| own.as_str() == id);
    if !is_own && !is_admin(&caller.identity) {
        return Err(IdentityError::Forbidden);
    }
    let found = service
        .directory
        .projects()
        .iter()
        .find(|project| project.id.as_str() == id);
    let project =
        found.ok_or_else(|| IdentityError::NotFound(format!("Could not find project: {id}.")))?;
    Ok(Json(json!({"project": view::project(&base, project)})))
}

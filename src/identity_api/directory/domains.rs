//! `/v3/domains`, `/v3/domains/{id}` and `/v3/auth/domains`. There is one domain, and no user has a
//! role in it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::{Extension, Json};
use serde_json::{Value, json};

use super::list::{self, Compare, Filters};
use super::path::id_in;
use crate::identity_api::credentials::caller;
use crate::identity_api::error::IdentityError;
use crate::identity_api::service::{BaseUrl, IdentityService};
use crate::identity_api::view;

/// What the list of domains can be filtered by. Clients write the name in either case, and Keystone
/// finds it on MariaDB.
const FILTERS: Filters = &[("name", Compare::IgnoringCase), ("enabled", Compare::Truth)];

/// Answers the domains to admins.
pub(in crate::identity_api) async fn list(
    State(service): State<Arc<IdentityService>>,
    Extension(base): Extension<BaseUrl>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, IdentityError> {
    if !caller(&headers, &service)?.identity.is_admin() {
        return Err(IdentityError::Forbidden("list_domains"));
    }
    list::list(&base, &uri, "domains", vec![view::domain(&base)], FILTERS)
}

/// Answers the domains in which the caller has a role: none.
pub(in crate::identity_api) async fn own(
    State(service): State<Arc<IdentityService>>,
    Extension(base): Extension<BaseUrl>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, IdentityError> {
    caller(&headers, &service)?;
    list::list(&base, &uri, "domains", Vec::new(), &[])
}

/// Answers one domain to admins, and its own to every token for a project.
pub(in crate::identity_api) async fn show(
    State(service): State<Arc<IdentityService>>,
    Extension(base): Extension<BaseUrl>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Json<Value>, IdentityError> {
    let caller = caller(&headers, &service)?;
    let id = id_in(&uri)?;
    let exists = id == view::DOMAIN_ID;
    let is_own = exists && caller.project.is_some();
    if !is_own && !caller.identity.is_admin() {
        return Err(IdentityError::Forbidden("get_domain"));
    }
    if !exists {
        let text = format!("Could not find domain: {id}.");
        return Err(IdentityError::NotFound(text));
    }
    Ok(Json(json!({"domain": view::domain(&base)})))
}

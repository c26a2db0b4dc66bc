//! `/v2/metadefs/namespaces` and `/v2/metadefs/resource_types`: empty lists.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::Uri;
use serde::Serialize;
use serde_json::{Value, json};

use super::absent;
use crate::http::request::parameters;
use crate::image::{Refusal, Visibility};
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::error::Error;
use crate::image_api::images::limit;
use crate::image_api::links::Links;
use crate::policy::Rights;

/// The attributes of namespaces that Glance can sort by.
const SORT_KEYS: [&str; 9] = [
    "id",
    "namespace",
    "display_name",
    "description",
    "visibility",
    "protected",
    "owner",
    "created_at",
    "updated_at",
];

/// The JSON of the list of namespaces.
#[derive(Serialize)]
pub(in crate::image_api) struct NamespaceList {
    namespaces: [(); 0],
    schema: &'static str,
    #[serde(flatten)]
    links: Links,
}

/// 404 for a caller who may read no definitions, as in Glance.
fn check_reader(rights: &Rights) -> Result<(), Error> {
    rights.may_list().map_err(|_| Error::NoSuchRoute)
}

/// Answers the namespaces: none.
pub(in crate::image_api) async fn list(
    caller: Caller,
    uri: Uri,
) -> Result<Json<NamespaceList>, Error> {
    let parameters = parameters(uri.query().unwrap_or_default())?;
    check_list(&parameters)?;
    check_reader(&caller.rights)?;
    Ok(Json(NamespaceList {
        namespaces: [],
        schema: "/v2/schemas/metadefs/namespaces",
        links: Links::new("/v2/metadefs/namespaces", &parameters, None),
    }))
}

/// Refuses the parameters that Glance refuses. No namespace is a marker.
fn check_list(parameters: &[(String, String)]) -> Result<(), Error> {
    for (name, value) in parameters {
        match name.as_str() {
            "limit" => {
                limit(value)?;
            }
            "marker" => return Err(absent::definition(value)),
            "sort_dir" if !matches!(value.as_str(), "asc" | "desc") => {
                return Err(Error::invalid(format!("Invalid sort direction: {value}")));
            }
            "sort_key" if !SORT_KEYS.contains(&value.as_str()) => {
                return Err(Error::invalid(format!("Invalid sort key: {value}")));
            }
            "visibility" if !is_visibility(value) => {
                return Err(Error::invalid(format!("Invalid visibility value: {value}")));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a list of namespaces can be filtered by this visibility. An empty one is no filter.
fn is_visibility(text: &str) -> bool {
    let visibility = text.parse::<Visibility>();
    text.is_empty() || matches!(visibility, Ok(Visibility::Public | Visibility::Private))
}

/// Refuses to create a namespace, to admins too: there is no place to keep one.
pub(in crate::image_api) async fn create(
    State(context): State<Arc<Context>>,
    caller: Caller,
    request: Request,
) -> Result<(), Error> {
    context.bodies.json(request).await?;
    check_reader(&caller.rights)?;
    let policy = "add_metadef_namespace";
    Err(Refusal::Forbidden { policy }.into())
}

/// Answers the types of resources that definitions are for: none.
pub(in crate::image_api) async fn resource_types(caller: Caller) -> Result<Json<Value>, Error> {
    check_reader(&caller.rights)?;
    Ok(Json(json!({"resource_types": []})))
}

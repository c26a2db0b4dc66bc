//! Everything below `/v2/metadefs/namespaces/{namespace}`: no namespace exists, so that no request
//! finds anything, whoever sends it.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::Uri;

use crate::http::HttpError;
use crate::http::request::{decode, parameters};
use crate::image_api::context::Context;
use crate::image_api::error::Error;
use crate::image_api::images::limit;

/// 404 in the words of Glance for a namespace and its objects.
pub(super) fn definition(namespace: &str) -> Error {
    Error::NotFound(format!(
        "Metadata definition namespace={namespace} was not found."
    ))
}

/// 404 in the words of Glance for the other calls.
fn namespace(namespace: &str) -> Error {
    Error::NotFound(format!("Namespace {namespace} not found"))
}

/// The namespace that the path names.
fn named(uri: &Uri) -> Result<String, HttpError> {
    decode(uri.path().split('/').nth(4).unwrap_or_default())
}

/// 404 for a call without a body about the namespace or an object.
pub(in crate::image_api) async fn no_definition(
    State(context): State<Arc<Context>>,
    uri: Uri,
    request: Request,
) -> Result<(), Error> {
    context.bodies.discard(request).await?;
    Err(definition(&named(&uri)?))
}

/// 404 for any other call without a body.
pub(in crate::image_api) async fn no_namespace(
    State(context): State<Arc<Context>>,
    uri: Uri,
    request: Request,
) -> Result<(), Error> {
    context.bodies.discard(request).await?;
    Err(namespace(&named(&uri)?))
}

/// 404 for the list of objects, once its parameters are valid.
pub(in crate::image_api) async fn no_objects(uri: Uri) -> Result<(), Error> {
    check_list(&uri)?;
    Err(definition(&named(&uri)?))
}

/// 404 for the list of tags, once its parameters are valid.
pub(in crate::image_api) async fn no_tags(uri: Uri) -> Result<(), Error> {
    check_list(&uri)?;
    Err(namespace(&named(&uri)?))
}

/// 404 for a JSON body that is about an object.
pub(in crate::image_api) async fn object_not_written(
    State(context): State<Arc<Context>>,
    uri: Uri,
    request: Request,
) -> Result<(), Error> {
    context.bodies.json(request).await?;
    Err(definition(&named(&uri)?))
}

/// 404 for a JSON body that is about anything else.
pub(in crate::image_api) async fn not_written(
    State(context): State<Arc<Context>>,
    uri: Uri,
    request: Request,
) -> Result<(), Error> {
    context.bodies.json(request).await?;
    Err(namespace(&named(&uri)?))
}

fn check_list(uri: &Uri) -> Result<(), Error> {
    for (name, value) in parameters(uri.query().unwrap_or_default())? {
        if name == "limit" {
            limit(&value)?;
        }
    }
    Ok(())
}

//! `POST /v2/images/{image_id}/import`: starts an import.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;

use super::method::ImportMethod;
use crate::http::HttpError;
use crate::http::request::{self, JsonBody, Members};
use crate::image_api::context::Context;
use crate::image_api::error::Error;
use crate::image_api::schemas::python_str;

/// Starts an import by the method that the body names: 400 for one that the service does not offer,
/// whatever the image is, as in Glance.
pub(in crate::image_api) async fn start(
    State(context): State<Arc<Context>>,
    request: Request,
) -> Result<Response, Error> {
    let body = context.bodies.json(request).await?;
    match method(&body)? {}
}

/// The method in `{"method": {"name": "name"}}`.
fn method(body: &JsonBody) -> Result<ImportMethod, Error> {
    let missing = |field| Error::invalid(format!("Import request requires a '{field}' field."));
    let method = body.members()?.and_then(|mut it| it.shift_remove("method"));
    let method = method.ok_or_else(|| missing("method"))?;
    let members = request::part::<Members<'_>>(method).ok();
    let name = members.and_then(|mut members| members.shift_remove("name"));
    let name = request::value(name.ok_or_else(|| missing("name"))?)?;
    let offered = name.as_str().and_then(ImportMethod::offered);
    offered.ok_or_else(|| {
        let name = python_str(&name);
        HttpError::invalid(format!("Unknown import method name '{name}'.")).into()
    })
}

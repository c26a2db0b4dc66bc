//! Version discovery: which versions of the API the service supports, and where.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::context::Context;
use crate::http::Settings;
use crate::http::request::base_url;

/// The versions that the service supports completely, newest first. The missing ones (2.8 and so
/// on) are about several stores.
const SERVED: [&str; 8] = [
    "v2.7", "v2.6", "v2.5", "v2.4", "v2.3", "v2.2", "v2.1", "v2.0",
];

#[derive(Serialize)]
struct Versions<'a> {
    versions: Vec<Version<'a>>,
}

#[derive(Serialize)]
struct Version<'a> {
    id: &'a str,
    status: &'a str,
    links: [Link<'a>; 1],
}

#[derive(Serialize)]
struct Link<'a> {
    rel: &'a str,
    href: &'a str,
}

/// The version document with `status`. Its links start with the base URL of `request`.
pub(crate) fn version_list(settings: &Settings, request: &Request, status: StatusCode) -> Response {
    let href = format!("{}/v2/", base_url(settings, request));
    let version = |id| Version {
        id,
        status: if id == SERVED[0] {
            "CURRENT"
        } else {
            "SUPPORTED"
        },
        links: [Link {
            rel: "self",
            href: &href,
        }],
    };
    let versions = SERVED.map(version).into();
    (status, Json(Versions { versions })).into_response()
}

/// `/v2`, `/v2/` and `/v2/versions` answer the same document, for clients that are configured with
/// the endpoint of a version.
pub(super) async fn supported(State(context): State<Arc<Context>>, request: Request) -> Response {
    version_list(&context.settings, &request, StatusCode::OK)
}

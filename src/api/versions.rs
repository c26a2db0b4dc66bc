//! Version discovery: which versions of the API are served, and where.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::context::Context;
use super::endpoint;

/// The versions that are served whole, newest first. What is left out (2.6, 2.8 and so on) is about image import and
/// stores.
const SERVED: [&str; 7] = ["v2.7", "v2.5", "v2.4", "v2.3", "v2.2", "v2.1", "v2.0"];

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

/// The version document with `status`, its links as the client of `request` can follow them.
pub(super) fn list(context: &Context, request: &Request, status: StatusCode) -> Response {
    let href = format!("{}/v2/", endpoint::base(&context.settings, request));
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
    (
        status,
        Json(Versions {
            versions: SERVED.map(version).into(),
        }),
    )
        .into_response()
}

/// `/v2`, `/v2/` and `/v2/versions`: the same document, for clients that are given the endpoint with its version.
pub(super) async fn supported(State(context): State<Arc<Context>>, request: Request) -> Response {
    list(&context, &request, StatusCode::OK)
}

//! Version discovery: which versions of the API are served, and where.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::context::Context;

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
    let href = format!("{}/v2/", base(context, request));
    let version = |id| Version {
        id,
        status: if id == SERVED[0] { "CURRENT" } else { "SUPPORTED" },
        links: [Link { rel: "self", href: &href }],
    };
    (status, Json(Versions { versions: SERVED.map(version).into() })).into_response()
}

/// `/v2` and `/v2/`: the same document, for clients that are given the endpoint with its version.
pub(super) async fn supported(State(context): State<Arc<Context>>, request: Request) -> Response {
    list(&context, &request, StatusCode::OK)
}

/// The URL of the service: as configured, or as the client names it if that is a host and nothing else.
fn base(context: &Context, request: &Request) -> String {
    if let Some(endpoint) = &context.settings.public_endpoint {
        return endpoint.clone();
    }
    let from_header = || request.headers().get(header::HOST)?.to_str().ok()?.parse::<Authority>().ok();
    let named = request.uri().authority().cloned().or_else(from_header);
    match named.filter(|authority| !authority.as_str().contains('@')) {
        Some(authority) => format!("http://{authority}"),
        None => format!("http://{}", context.settings.listen),
    }
}

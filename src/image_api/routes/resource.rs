//! The methods of a resource, and the answers to those that it does not have.

use std::sync::Arc;

use axum::http::Method;
use axum::routing::MethodRouter;

use crate::image_api::context::Context;
use crate::image_api::error::Error;

/// A resource that supports the methods in `allow`: 405 for every other one, `HEAD` included, as in
/// Glance.
pub(in crate::image_api) fn resource(allow: &'static str) -> MethodRouter<Arc<Context>> {
    let refuse = move |method: Method| async move { Error::MethodNotAllowed { method, allow } };
    resource_with_head(allow).head(refuse)
}

/// A resource that also supports `HEAD`: the handler of `GET` answers it.
pub(in crate::image_api) fn resource_with_head(allow: &'static str) -> MethodRouter<Arc<Context>> {
    let refuse = move |method: Method| async move { Error::MethodNotAllowed { method, allow } };
    MethodRouter::new().fallback(refuse)
}

/// 404, or 501 for a method that Glance does not know.
pub(in crate::image_api) async fn no_such_route(method: Method) -> Error {
    match method {
        Method::GET
        | Method::HEAD
        | Method::POST
        | Method::PUT
        | Method::DELETE
        | Method::PATCH => Error::NoSuchRoute,
        _ => Error::MethodNotImplemented(method),
    }
}

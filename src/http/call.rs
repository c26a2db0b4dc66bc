//! Calls services that cannot fail.

use std::convert::Infallible;

use axum::extract::Request;
use axum::response::Response;
use tower::{Service, ServiceExt};

/// The response of a service, such as a router, that always has one.
pub(crate) async fn call<B>(
    service: impl Service<Request, Response = Response<B>, Error = Infallible>,
    request: Request,
) -> Response<B> {
    match service.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

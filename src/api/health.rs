//! `/healthcheck`: whether the service can do its work. No token needed.

use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::context::Context;
use super::error::Error;

/// 200 `OK`, to `HEAD` 204 as oslo.middleware answers it; 503 while the store cannot be reached.
pub(super) async fn check(context: &Context, method: &Method) -> Result<Response, Error> {
    context.store.ping().await?;
    Ok(match *method {
        Method::HEAD => StatusCode::NO_CONTENT.into_response(),
        _ => ([(header::CONTENT_TYPE, "text/plain; charset=UTF-8")], "OK").into_response(),
    })
}

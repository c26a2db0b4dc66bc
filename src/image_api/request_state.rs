//! What handlers extract besides the request.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;

use super::caller::Caller;
use super::context::Context;
use super::error::Error;
use crate::http::HttpError;
use crate::upstream::Upstream;

/// What the handler of one request gets besides the request.
#[derive(Clone, Debug)]
pub(super) struct RequestState {
    pub(super) context: Arc<Context>,
    pub(super) caller: Caller,
}

impl FromRef<RequestState> for Arc<Context> {
    fn from_ref(state: &RequestState) -> Self {
        Arc::clone(&state.context)
    }
}

impl FromRequestParts<RequestState> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, state: &RequestState) -> Result<Self, Infallible> {
        Ok(state.caller.clone())
    }
}

impl FromRequestParts<RequestState> for Upstream {
    type Rejection = Error;

    /// Only a service beside a Glance has the routes that ask for it.
    async fn from_request_parts(_: &mut Parts, state: &RequestState) -> Result<Self, Error> {
        let upstream = state.context.upstream.clone();
        upstream.ok_or_else(|| HttpError::Unavailable("there is no Glance".into()).into())
    }
}

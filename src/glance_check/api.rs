//! Glance's API, as the check uses it.

use axum::body::{Body, to_bytes};
use axum::http::request::Builder;
use axum::http::{Method, Request, StatusCode, header};
use serde_json::Value;

use super::error::CheckError;
use crate::auth::Token;
use crate::upstream::{Upstream, UpstreamError};

/// The longest answer that is read, in bytes.
const MAX_ANSWER: usize = 16 << 20;

/// How many characters of an answer an error shows.
const SHOWN_CHARS: usize = 200;

const PATCH_TYPE: &str = "application/openstack-images-v2.1-json-patch";

/// Glance's API for one user.
#[derive(Clone, Debug)]
pub struct GlanceApi {
    upstream: Upstream,
    token: Token,
}

impl GlanceApi {
    /// The API for the user with this token, who may create images.
    #[must_use]
    pub fn new(upstream: Upstream, token: Token) -> Self {
        Self { upstream, token }
    }

    /// Sends a request, and returns the status and the body of the answer.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        (kind, body): (&str, Body),
    ) -> Result<(StatusCode, Vec<u8>), CheckError> {
        let request = Request::builder().method(method).uri(path);
        self.answer(request.header(header::CONTENT_TYPE, kind), body)
            .await
    }

    /// Uploads data of this length, in bytes, and returns the status of the answer.
    pub(super) async fn upload(
        &self,
        path: &str,
        data: Body,
        length: usize,
    ) -> Result<StatusCode, CheckError> {
        let request = Request::builder()
            .method(Method::PUT)
            .uri(path)
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .header(header::CONTENT_LENGTH, length);
        Ok(self.answer(request, data).await?.0)
    }

    async fn answer(
        &self,
        request: Builder,
        body: Body,
    ) -> Result<(StatusCode, Vec<u8>), CheckError> {
        let request = request.header("x-auth-token", self.token.expose());
        let request = request.body(body);
        let request = request.map_err(|_| UpstreamError::Ambiguous("the path is malformed"))?;
        let answer = self.upstream.pass(request).await?;
        let status = answer.status();
        let body = to_bytes(answer.into_body(), MAX_ANSWER).await;
        Ok((status, body.unwrap_or_default().into()))
    }

    /// Sends a JSON request that has to succeed, and returns the body of the answer.
    pub(super) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, CheckError> {
        let body = body.map_or_else(Body::empty, |body| body.to_string().into());
        let request = format!("{method} {path}");
        let (status, text) = self.send(method, path, ("application/json", body)).await?;
        if !status.is_success() {
            return Err(CheckError::Answer {
                request,
                status: status.as_u16(),
                text: String::from_utf8_lossy(&text)
                    .chars()
                    .take(SHOWN_CHARS)
                    .collect(),
            });
        }
        Ok(serde_json::from_slice(&text).unwrap_or_default())
    }

    /// Patches the image at `path`, and returns the status of the answer.
    pub(super) async fn patch(
        &self,
        path: &str,
        operations: &Value,
    ) -> Result<StatusCode, CheckError> {
        let body = operations.to_string().into();
        Ok(self.send(Method::PATCH, path, (PATCH_TYPE, body)).await?.0)
    }
}

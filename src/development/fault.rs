//! A fault as a client asks for it: which requests fail or wait, and how.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use serde::{Deserialize, Serialize};

use crate::image::Glob;

/// The longest time that a request can be made to wait, in milliseconds.
const MAX_LATENCY_MS: u64 = 60_000;

/// Which requests fail or wait, and how.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(try_from = "Text", into = "Text")]
pub(super) struct Fault {
    /// The method of the requests; `None` for every one.
    method: Option<Method>,
    /// The glob over their paths; `None` for every one.
    path: Option<Glob>,
    /// The status of the answer; `None` for a request that only waits.
    pub(super) status: Option<StatusCode>,
    /// After how many seconds the client may retry a 429 or 503.
    pub(super) retry_after: Option<u32>,
    latency_ms: u64,
    /// The part of the requests that are chosen.
    pub(super) probability: f64,
    /// The number of requests after which no further one is chosen.
    pub(super) times: Option<u64>,
    /// What the choice by probability begins with.
    pub(super) seed: u64,
}

/// A fault as JSON.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Text {
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
    #[serde(default)]
    latency_ms: u64,
    #[serde(default = "always")]
    probability: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<u64>,
    #[serde(default)]
    seed: u64,
}

fn always() -> f64 {
    1.0
}

impl Fault {
    /// How long the request waits first.
    pub(super) fn latency(&self) -> Duration {
        Duration::from_millis(self.latency_ms)
    }

    /// Whether the fault is about a request.
    pub(super) fn is_about(&self, method: &Method, path: &str) -> bool {
        self.method.as_ref().is_none_or(|of| of == method)
            && self.path.as_ref().is_none_or(|glob| glob.matches(path))
    }
}

impl TryFrom<Text> for Fault {
    type Error = String;

    fn try_from(text: Text) -> Result<Self, String> {
        let method = text
            .method
            .map(|method| method.to_ascii_uppercase().parse());
        let method = method.transpose();
        let path = text.path.map(|path| path.parse()).transpose();
        let status = text.status.map(error_status).transpose()?;
        if status.is_none() && text.latency_ms == 0 {
            return Err("expected a status, a latency_ms of 1 or more, or both".to_owned());
        }
        if text.latency_ms > MAX_LATENCY_MS {
            return Err(format!("latency_ms: expected at most {MAX_LATENCY_MS}"));
        }
        let may_be_retried = [
            Some(StatusCode::TOO_MANY_REQUESTS),
            Some(StatusCode::SERVICE_UNAVAILABLE),
        ];
        if text.retry_after.is_some() && !may_be_retried.contains(&status) {
            return Err("retry_after: expected with the status 429 or 503 alone".to_owned());
        }
        if !(text.probability > 0.0 && text.probability <= 1.0) {
            return Err("probability: expected more than 0 and at most 1".to_owned());
        }
        if text.times == Some(0) {
            return Err("times: expected 1 or more".to_owned());
        }
        Ok(Self {
            method: method.map_err(|error| format!("method: {error}"))?,
            path: path.map_err(|error| format!("path: {error}"))?,
            status,
            retry_after: text.retry_after,
            latency_ms: text.latency_ms,
            probability: text.probability,
            times: text.times,
            seed: text.seed,
        })
    }
}

fn error_status(code: u16) -> Result<StatusCode, String> {
    let status = StatusCode::from_u16(code).ok();
    let is_error = |status: &StatusCode| status.is_client_error() || status.is_server_error();
    let status = status.filter(is_error);
    status.ok_or_else(|| "status: expected a number from 400 to 599".to_owned())
}

impl From<Fault> for Text {
    fn from(fault: Fault) -> Self {
        Self {
            method: fault.method.map(|method| method.to_string()),
            path: fault.path.map(|path| path.to_string()),
            status: fault.status.map(|status| status.as_u16()),
            retry_after: fault.retry_after,
            latency_ms: fault.latency_ms,
            probability: fault.probability,
            times: fault.times,
            seed: fault.seed,
        }
    }
}

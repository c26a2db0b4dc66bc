//! Stubs for builds without the feature `otlp`: no span is ever started.

use std::net::IpAddr;

use axum::http::Method;

use crate::trace_context::TraceContext;

/// Why spans cannot be exported: without the feature, nobody tries.
#[derive(Debug, thiserror::Error)]
#[error("the program has no export of spans")]
pub struct SpanExportError(());

/// Stops the export when dropped.
#[derive(Debug)]
pub struct SpanGuard(());

/// Starts no export.
pub fn start() -> Result<Option<SpanGuard>, SpanExportError> {
    Ok(None)
}

/// No span.
#[derive(Debug)]
pub(crate) enum RequestSpan {}

impl RequestSpan {
    pub(crate) fn start(_: &Method, _: Option<IpAddr>, _: Option<&TraceContext>) -> Option<Self> {
        None
    }

    pub(crate) fn context(&self) -> &TraceContext {
        match *self {}
    }

    pub(crate) fn set_scheme(&self, _: &'static str) {
        match *self {}
    }

    pub(crate) fn set_route(&self, _: &'static str) {
        match *self {}
    }

    pub(crate) fn end(&self, _: &str, _: Option<u16>) {
        match *self {}
    }
}

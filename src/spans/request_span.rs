//! The span of one request, with the attributes that OpenTelemetry's conventions for HTTP servers
//! name.

use std::net::IpAddr;
use std::sync::{Mutex, OnceLock, PoisonError};

use axum::http::Method;
use opentelemetry::trace::{
    Span as _, SpanContext, SpanId, SpanKind, Status, TraceContextExt as _, TraceFlags, TraceId,
    TraceState, Tracer as _,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::Span;

use super::exporter::tracer;
use crate::trace_context::TraceContext;

/// What the conventions call a method that they do not know.
const OTHER: &str = "_OTHER";

/// Longer methods are truncated.
const MAX_METHOD_CHARS: usize = 32;

/// The `error.type` of a request without an answer.
const CLIENT_GONE: &str = "client_gone";

/// The span of a request that has begun.
#[derive(Debug)]
pub(crate) struct RequestSpan {
    span: Mutex<Span>,
    /// The name of the span without its route.
    name: &'static str,
    context: TraceContext,
    /// The scheme by which the client reaches the service.
    scheme: OnceLock<&'static str>,
    /// The path of the route, with the names of its parameters.
    route: OnceLock<&'static str>,
}

impl RequestSpan {
    /// Begins the span of a request from `client`, whose caller's span is `parent`; `None` if
    /// nothing is exported.
    pub(crate) fn start(
        method: &Method,
        client: Option<IpAddr>,
        parent: Option<&TraceContext>,
    ) -> Option<Self> {
        let tracer = tracer()?;
        let known = known(method);
        let mut attributes = vec![KeyValue::new("http.request.method", known.unwrap_or(OTHER))];
        if known.is_none() {
            let method: String = method.as_str().chars().take(MAX_METHOD_CHARS).collect();
            attributes.push(KeyValue::new("http.request.method_original", method));
        }
        let name = known.unwrap_or("HTTP");
        if let Some(client) = client {
            attributes.push(KeyValue::new("client.address", client.to_string()));
        }
        let builder = tracer
            .span_builder(name)
            .with_kind(SpanKind::Server)
            .with_attributes(attributes);
        let parent = match parent.and_then(remote) {
            Some(parent) => Context::new().with_remote_span_context(parent),
            None => Context::new(),
        };
        let span = tracer.build_with_context(builder, &parent);
        let context = span.span_context();
        let state = context.trace_state().header();
        let context = TraceContext::new(
            &context.trace_id().to_string(),
            &context.span_id().to_string(),
            context.is_sampled(),
            &state,
        )?;
        Some(Self {
            span: Mutex::new(span),
            name,
            context,
            scheme: OnceLock::new(),
            route: OnceLock::new(),
        })
    }

    /// Where requests that this one causes are in the trace: below this span.
    pub(crate) fn context(&self) -> &TraceContext {
        &self.context
    }

    /// Notes the scheme by which the client reaches the service, unless it is `http`.
    pub(crate) fn set_scheme(&self, scheme: &'static str) {
        let _ = self.scheme.set(scheme);
    }

    /// Notes the path of the route, with the names of its parameters.
    pub(crate) fn set_route(&self, route: &'static str) {
        let _ = self.route.set(route);
    }

    /// Ends the span with the path and the status of the answer; `None` if the client was gone
    /// before it.
    pub(crate) fn end(&self, path: &str, status: Option<u16>) {
        let mut span = self.span.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(route) = self.route.get() {
            span.update_name(format!("{} {route}", self.name));
            span.set_attribute(KeyValue::new("http.route", *route));
        }
        span.set_attribute(KeyValue::new("url.path", path.to_owned()));
        let scheme = self.scheme.get().copied().unwrap_or("http");
        span.set_attribute(KeyValue::new("url.scheme", scheme));
        if let Some(status) = status {
            let code = KeyValue::new("http.response.status_code", i64::from(status));
            span.set_attribute(code);
        }
        let error = match status {
            Some(status @ 500..) => Some(status.to_string()),
            Some(_) => None,
            None => Some(CLIENT_GONE.to_owned()),
        };
        if let Some(error) = error {
            span.set_attribute(KeyValue::new("error.type", error));
            span.set_status(Status::error(""));
        }
        span.end();
    }
}

/// The name of a method that the conventions know: those of RFC 9110, and `PATCH`.
fn known(method: &Method) -> Option<&'static str> {
    Some(match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        Method::OPTIONS => "OPTIONS",
        Method::TRACE => "TRACE",
        Method::CONNECT => "CONNECT",
        _ => return None,
    })
}

/// The caller's span.
fn remote(parent: &TraceContext) -> Option<SpanContext> {
    let flags = TraceFlags::default().with_sampled(parent.is_sampled());
    Some(SpanContext::new(
        TraceId::from_hex(parent.trace_id()).ok()?,
        SpanId::from_hex(parent.parent_id()).ok()?,
        flags,
        true,
        parent.state().parse::<TraceState>().unwrap_or_default(),
    ))
}

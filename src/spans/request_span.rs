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

/// The span of a request that has begun.
#[derive(Debug)]
pub(crate) struct RequestSpan {
    span: Mutex<Span>,
    method: &'static str,
    context: TraceContext,
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
        let name = name_of(method);
        let mut attributes = vec![KeyValue::new("http.request.method", name)];
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
            method: name,
            context,
            route: OnceLock::new(),
        })
    }

    /// Where requests that this one causes are in the trace: below this span.
    pub(crate) fn context(&self) -> &TraceContext {
        &self.context
    }

    /// Notes the path of the route, with the names of its parameters.
    pub(crate) fn set_route(&self, route: &'static str) {
        let _ = self.route.set(route);
    }

    /// Ends the span with the path and the status of the answer.
    pub(crate) fn end(&self, path: &str, status: u16) {
        let mut span = self.span.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(route) = self.route.get() {
            span.update_name(format!("{} {route}", self.method));
            span.set_attribute(KeyValue::new("http.route", *route));
        }
        span.set_attribute(KeyValue::new("url.path", path.to_owned()));
        span.set_attribute(KeyValue::new(
            "http.response.status_code",
            i64::from(status),
        ));
        // A client that has gone away got no answer.
        if status >= 499 {
            span.set_attribute(KeyValue::new("error.type", status.to_string()));
        }
        if status >= 500 {
            span.set_status(Status::error(""));
        }
        span.end();
    }
}

/// The name of the method, or `_OTHER` for one that HTTP does not know, as the conventions say.
fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::PATCH => "PATCH",
        Method::OPTIONS => "OPTIONS",
        _ => "_OTHER",
    }
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

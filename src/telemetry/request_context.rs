//! The request that the current task works for: what all lines that it logs have in common.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use axum::http::{HeaderMap, Request};
use futures_util::future::Either;

use super::request_id::RequestId;
use crate::identity::{Identity, ProjectId};
use crate::spans::RequestSpan;
use crate::trace_context::TraceContext;

tokio::task_local! {
    static CURRENT: Arc<RequestContext>;
}

/// What the lines of one request have in common.
#[derive(Debug)]
pub struct RequestContext {
    id: RequestId,
    /// Whether the client has sent the id in the form that OpenStack services send.
    has_global_id: bool,
    /// Where the caller is in a trace.
    trace: Option<TraceContext>,
    span: Option<RequestSpan>,
    /// The identity of the token, once the request is authenticated.
    pub caller: OnceLock<Arc<Identity>>,
}

impl RequestContext {
    /// Begins with a request from `client`. The request id is the client's if it is valid, and
    /// otherwise a new one.
    #[must_use]
    pub fn begin<B>(request: &Request<B>, client: Option<IpAddr>) -> Arc<Self> {
        let mut context = Self::of(request.headers());
        context.span = RequestSpan::start(request.method(), client, context.trace.as_ref());
        Arc::new(context)
    }

    /// The context of a request with these headers, which has no span.
    #[must_use]
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let chosen = headers.get(RequestId::HEADER);
        let id = chosen.and_then(|id| RequestId::from_client(id).ok().flatten());
        Self {
            trace: TraceContext::of(headers),
            span: None,
            has_global_id: chosen.is_some_and(RequestId::is_global),
            id: id.unwrap_or_else(RequestId::random),
            caller: OnceLock::new(),
        }
    }

    /// The id of the request.
    #[must_use]
    pub fn id(&self) -> &RequestId {
        &self.id
    }

    /// The id of the request, if it came from the client in the form that oslo.middleware takes
    /// for a global request id.
    #[must_use]
    pub fn global_id(&self) -> Option<&RequestId> {
        self.has_global_id.then_some(&self.id)
    }

    /// Where the requests that this one causes are in a trace: below its own span, or, if it has
    /// none, below that of the caller.
    #[must_use]
    pub fn trace(&self) -> Option<&TraceContext> {
        let span = self.span.as_ref().map(RequestSpan::context);
        span.or(self.trace.as_ref())
    }

    /// Notes the path of the route, with the names of its parameters, if that is of use.
    pub fn note_route(&self, route: impl FnOnce() -> Option<&'static str>) {
        if let Some(span) = &self.span
            && let Some(route) = route()
        {
            span.set_route(route);
        }
    }

    /// Notes the scheme by which the client reaches the service, if that is of use and a proxy says
    /// it.
    pub fn note_scheme(&self, scheme: impl FnOnce() -> Option<&'static str>) {
        if let Some(span) = &self.span
            && let Some(scheme) = scheme()
        {
            span.set_scheme(scheme);
        }
    }

    /// Ends the span with the path and the status of the answer, if there was one.
    pub(super) fn end(&self, path: &str, status: Option<u16>) {
        if let Some(span) = &self.span {
            span.end(path, status);
        }
    }

    /// Does `work` for this request, and within its trace.
    pub fn scope<F: Future>(self: &Arc<Self>, work: F) -> impl Future<Output = F::Output> + use<F> {
        CURRENT.scope(
            Arc::clone(self),
            TraceContext::scope(self.trace().cloned(), work),
        )
    }

    /// `work` for the request of the current task, if there is one, so that another task can do
    /// it.
    pub fn keep<F: Future>(work: F) -> impl Future<Output = F::Output> + use<F> {
        match Self::current() {
            Some(context) => Either::Left(context.scope(work)),
            None => Either::Right(work),
        }
    }

    /// The id of the caller, once it is known.
    pub(super) fn user(&self) -> Option<&str> {
        self.caller.get().map(|caller| &*caller.user)
    }

    /// The id of the project that the caller's token is for.
    pub(super) fn project(&self) -> Option<&str> {
        let project = self.caller.get()?.project.as_ref();
        project.map(ProjectId::as_str)
    }

    /// The names and values of the fields that every line of the request has.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let id = [("request_id", self.id.as_str())];
        id.into_iter().chain(self.trace_fields())
    }

    /// The id of the trace.
    pub(super) fn trace_id(&self) -> Option<&str> {
        self.trace().map(TraceContext::trace_id)
    }

    /// The id of the request's own span.
    pub(super) fn span_id(&self) -> Option<&str> {
        let span = self.span.as_ref()?;
        Some(span.context().parent_id())
    }

    /// The id of the caller's span.
    pub(super) fn parent_id(&self) -> Option<&str> {
        self.trace.as_ref().map(TraceContext::parent_id)
    }

    /// Those of them that the context block of oslo.log does not have.
    pub(super) fn trace_fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let fields = [
            ("trace_id", self.trace_id()),
            ("span_id", self.span_id()),
            ("parent_id", self.parent_id()),
        ];
        let fields = fields.into_iter();
        fields.filter_map(|(name, value)| Some((name, value?)))
    }

    /// The request that the current task works for.
    pub(super) fn current() -> Option<Arc<Self>> {
        CURRENT.try_with(Arc::clone).ok()
    }
}

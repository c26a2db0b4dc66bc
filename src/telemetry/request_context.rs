//! The request that the current task works for: what all lines that it logs have in common.

use std::sync::{Arc, OnceLock};

use axum::http::HeaderMap;
use futures_util::future::Either;

use super::request_id::RequestId;
use crate::identity::{Identity, ProjectId};
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
    trace: Option<TraceContext>,
    /// The identity of the token, once the request is authenticated.
    pub caller: OnceLock<Arc<Identity>>,
}

impl RequestContext {
    /// The context of a request with these headers. The request id is the client's if it is valid,
    /// and otherwise a new one.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Arc<Self> {
        let chosen = headers.get(RequestId::HEADER);
        let id = chosen.and_then(|id| RequestId::from_client(id).ok().flatten());
        Arc::new(Self {
            trace: TraceContext::of(headers),
            has_global_id: chosen.is_some_and(RequestId::is_global),
            id: id.unwrap_or_else(RequestId::random),
            caller: OnceLock::new(),
        })
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

    /// The trace that the request is a part of, if the client has sent one.
    #[must_use]
    pub fn trace(&self) -> Option<&TraceContext> {
        self.trace.as_ref()
    }

    /// Does `work` for this request, and within its trace.
    pub fn scope<F: Future>(self: &Arc<Self>, work: F) -> impl Future<Output = F::Output> + use<F> {
        CURRENT.scope(
            Arc::clone(self),
            TraceContext::scope(self.trace.clone(), work),
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

    /// Those of them that the context block of oslo.log does not have.
    pub(super) fn trace_fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let trace = self.trace.iter();
        trace.flat_map(|trace| {
            [
                ("trace_id", trace.trace_id()),
                ("parent_id", trace.parent_id()),
            ]
        })
    }

    /// The request that the current task works for.
    pub(super) fn current() -> Option<Arc<Self>> {
        CURRENT.try_with(Arc::clone).ok()
    }
}

//! Where a request is in a trace, and how that gets from its headers to those of other requests.

use axum::http::{HeaderMap, HeaderValue};

use super::traceparent::{TRACEPARENT, version_00};
use super::tracestate::{self, TRACESTATE};

tokio::task_local! {
    static CURRENT: Option<TraceContext>;
}

/// Where a request is in a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// Of version 00.
    parent: HeaderValue,
    state: Option<HeaderValue>,
}

impl TraceContext {
    /// Reads the headers of a request; `None` if there is no valid `traceparent`, or more than one.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut parents = headers.get_all(TRACEPARENT).iter();
        let (Some(parent), None) = (parents.next(), parents.next()) else {
            return None;
        };
        let parent = version_00(parent)?;
        let state = tracestate::read(headers);
        Some(Self { parent, state })
    }

    /// A part of a trace by its own ids, in hexadecimal digits; `None` if they are invalid.
    #[cfg(feature = "otlp")]
    pub(crate) fn new(
        trace_id: &str,
        span_id: &str,
        is_sampled: bool,
        state: &str,
    ) -> Option<Self> {
        let flags = u8::from(is_sampled);
        let parent = format!("00-{trace_id}-{span_id}-{flags:02x}");
        let state = Some(state).filter(|state| !state.is_empty());
        Some(Self {
            parent: version_00(&parent.parse().ok()?)?,
            state: state.and_then(|state| state.parse().ok()),
        })
    }

    /// Whether the caller records the trace.
    #[cfg(feature = "otlp")]
    pub(crate) fn is_sampled(&self) -> bool {
        u8::from_str_radix(self.part(53, 55), 16).is_ok_and(|flags| flags & 1 == 1)
    }

    /// What other systems say of the trace.
    #[cfg(feature = "otlp")]
    pub(crate) fn state(&self) -> &str {
        let state = self.state.as_ref();
        state
            .and_then(|state| state.to_str().ok())
            .unwrap_or_default()
    }

    /// The id of the trace: 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> &str {
        self.part(3, 35)
    }

    /// The id of the caller's part of the trace, its span: 16 hexadecimal digits.
    #[must_use]
    pub fn parent_id(&self) -> &str {
        self.part(36, 52)
    }

    fn part(&self, start: usize, end: usize) -> &str {
        let text = self.parent.to_str().unwrap_or_default();
        text.get(start..end).unwrap_or_default()
    }

    /// Does `work` within the trace `context`, if there is one.
    pub fn scope<F: Future>(
        context: Option<Self>,
        work: F,
    ) -> impl Future<Output = F::Output> + use<F> {
        CURRENT.scope(context, work)
    }

    /// The trace that the current task works in.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok().flatten()
    }

    /// Replaces what `headers` say of a trace by `context`.
    pub fn pass_on(context: Option<&Self>, headers: &mut HeaderMap) {
        headers.remove(TRACEPARENT);
        headers.remove(TRACESTATE);
        let Some(Self { parent, state }) = context else {
            return;
        };
        headers.insert(TRACEPARENT, parent.clone());
        if let Some(state) = state {
            headers.insert(TRACESTATE, state.clone());
        }
    }
}

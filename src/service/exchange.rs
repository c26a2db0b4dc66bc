//! One request and its answer: request id, error body, access log entry.

use std::net::IpAddr;

use axum::extract::Request;
use axum::response::Response;

use crate::http::response::{ErrorBody, ErrorCause, ErrorMessage};
use crate::metrics::{RequestMetrics, RequestTimer};
use crate::telemetry::{AccessLogEntry, RequestId};

/// What is known about a request before it is processed.
///
/// If it is dropped instead of closed, for example because the client disconnected, its access log
/// entry is written, and it is counted, all the same.
#[derive(Debug)]
pub(super) struct Exchange {
    error_body: ErrorBody,
    /// The access log entry to be.
    pub(super) log: AccessLogEntry,
    /// Measures the request.
    pub(super) timer: RequestTimer,
}

impl Exchange {
    /// Begins with `request` from `client`.
    pub(super) fn open(
        request: &Request,
        client: Option<IpAddr>,
        metrics: &RequestMetrics,
    ) -> Self {
        let log = AccessLogEntry::start(request, client);
        Self {
            error_body: ErrorBody::preferred_by(request),
            timer: metrics.start(request.method(), log.started()),
            log,
        }
    }

    /// Completes the answer and writes the access log entry.
    pub(super) fn close(self, mut response: Response) -> Response {
        let cause = response.extensions_mut().remove::<ErrorCause>();
        if let Some(message) = response.extensions_mut().remove::<ErrorMessage>() {
            response = self.error_body.render(message);
        }
        let id = self.log.id().to_header();
        response.headers_mut().insert(RequestId::HEADER, id);
        let cause = cause.as_ref().map(|cause| &*cause.0 as _);
        self.log.finish(response.status(), cause);
        self.timer.finish(response.status());
        response
    }
}

//! One request and its answer: request id, error body, access log entry.

use std::error::Error;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;

use crate::http::response::{ErrorBody, ErrorCause, ErrorMessage};
use crate::metrics::{RequestMetrics, RequestTimer};
use crate::telemetry::{AccessLogEntry, RequestId};

/// What is known about a request before it is processed.
///
/// If it is dropped instead of closed, its access log entry is written, and it is counted, all the
/// same: with a 503 if the service was stopped, and otherwise as one whose client has disconnected.
#[derive(Debug)]
pub(super) struct Exchange<'a> {
    error_body: ErrorBody,
    is_closed: bool,
    /// Whether the service drops what is still in flight.
    is_stopped: &'a AtomicBool,
    /// The access log entry to be.
    pub(super) log: AccessLogEntry,
    /// Measures the request.
    pub(super) timer: RequestTimer,
}

/// The request was in flight at the end of a shutdown.
#[derive(Debug, thiserror::Error)]
#[error("the service stopped before the answer was ready")]
struct StoppedError;

impl<'a> Exchange<'a> {
    /// Begins with `request` from `client`.
    pub(super) fn open(
        request: &Request,
        client: Option<IpAddr>,
        metrics: &RequestMetrics,
        is_stopped: &'a AtomicBool,
    ) -> Self {
        let log = AccessLogEntry::start(request, client);
        Self {
            error_body: ErrorBody::preferred_by(request),
            is_closed: false,
            is_stopped,
            timer: metrics.start(request.method(), log.started()),
            log,
        }
    }

    /// Completes the answer and writes the access log entry.
    pub(super) fn close(mut self, mut response: Response) -> Response {
        let cause = response.extensions_mut().remove::<ErrorCause>();
        if let Some(message) = response.extensions_mut().remove::<ErrorMessage>() {
            response = self.error_body.render(message);
        }
        let id = self.log.id().to_header();
        response.headers_mut().insert(RequestId::HEADER, id);
        let cause = cause.as_ref().map(|cause| &*cause.0 as _);
        self.finish(response.status(), cause);
        response
    }

    fn finish(&mut self, status: StatusCode, cause: Option<&dyn Error>) {
        self.is_closed = true;
        self.log.finish(status, cause);
        self.timer.finish(status);
    }
}

impl Drop for Exchange<'_> {
    fn drop(&mut self) {
        if !self.is_closed && self.is_stopped.load(Ordering::Relaxed) {
            self.finish(StatusCode::SERVICE_UNAVAILABLE, Some(&StoppedError));
        }
    }
}

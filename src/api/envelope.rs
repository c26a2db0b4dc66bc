//! What every answer has: a request id, an error body of the form that the client wants, and a line in the log.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;

use super::error::Error;
use super::page::{OwnBody, Page};
use crate::telemetry::{AccessLogEntry, RequestId};

/// Why an answer is a 5xx, for the log, where the answer itself is not an [`Error`].
#[derive(Clone, Debug)]
pub(super) struct Cause(pub(super) Arc<dyn std::error::Error + Send + Sync>);

/// What is known of a request before anything is done about it. Dropped without being closed, as when the client went
/// away, it leaves its log line all the same.
#[derive(Debug)]
pub(super) struct Envelope {
    page: Page,
    /// The log line to be.
    pub(super) log: AccessLogEntry,
}

impl Envelope {
    /// Begins with `request` from `client`. Its id is the one that its client chose, if that can be taken over.
    pub(super) fn open(request: &Request, client: Option<IpAddr>) -> Self {
        let chosen = request
            .headers()
            .get(RequestId::HEADER)
            .map(RequestId::from_client);
        let id = chosen
            .and_then(|id| id.ok().flatten())
            .unwrap_or_else(RequestId::random);
        let log = AccessLogEntry::start(id, request.method().clone(), request.uri(), client);
        Self {
            page: Page::wanted_by(request),
            log,
        }
    }

    /// Ends with the answer to the request, and logs it.
    pub(super) fn close(self, mut response: Response) -> Response {
        let error = response.extensions_mut().remove::<Arc<Error>>();
        let has_own_body = response.extensions_mut().remove::<OwnBody>().is_some();
        if let Some(error) = error.as_ref().filter(|_| !has_own_body) {
            response = self.page.of(error);
        }
        response
            .headers_mut()
            .insert(RequestId::HEADER, self.log.id().to_header());
        let own = error
            .as_deref()
            .filter(|error| error.status().is_server_error())
            .map(|error| error as _);
        let other = response.extensions_mut().remove::<Cause>();
        self.log.finish(
            response.status(),
            own.or(other.as_ref().map(|cause| &*cause.0 as _)),
        );
        response
    }
}

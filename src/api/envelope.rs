//! What every answer has: a request id, an error body of the form that the client wants, and a line in the log.

use std::sync::Arc;

use axum::extract::Request;
use axum::response::Response;

use super::Peer;
use super::error::Error;
use super::page::{OwnBody, Page};
use crate::telemetry::{RequestId, RequestLog};

/// What is known of a request before anything is done about it. Dropped without being closed, as when the client went
/// away, it leaves its log line all the same.
#[derive(Debug)]
pub(super) struct Envelope {
    page: Page,
    /// The log line to be.
    pub(super) log: RequestLog,
}

impl Envelope {
    /// Begins with `request`. Its id is the one that its client chose, if that can be taken over.
    pub(super) fn open(request: &Request) -> Self {
        let chosen = request.headers().get(RequestId::HEADER).map(RequestId::chosen);
        let id = chosen.and_then(|id| id.ok().flatten()).unwrap_or_else(RequestId::fresh);
        let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
        let log = RequestLog::begin(id, request.method().clone(), request.uri(), peer);
        Self { page: Page::wanted_by(request), log }
    }

    /// Ends with the answer to the request, and logs it.
    pub(super) fn close(self, mut response: Response) -> Response {
        let error = response.extensions_mut().remove::<Arc<Error>>();
        let has_own_body = response.extensions_mut().remove::<OwnBody>().is_some();
        if let Some(error) = error.as_ref().filter(|_| !has_own_body) {
            response = self.page.of(error);
        }
        response.headers_mut().insert(RequestId::HEADER, self.log.id().to_header());
        let cause = error.as_deref().filter(|error| error.status().is_server_error());
        self.log.end(response.status(), cause.map(|error| error as _));
        response
    }
}

//! The requests of one connection: their responses, disconnecting clients, and whether the
//! connection stays open.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::service_fn;

use super::socket::Socket;
use super::unread_body;
use crate::service::{Peer, Service};

/// How long a request continues after its client has closed its side. A client may close its side
/// after its request and still wait for the response, but most clients that close have
/// disconnected.
const HALF_CLOSED_TIMEOUT: Duration = Duration::from_secs(2);

/// The client closed the connection before its response was ready. The request is cancelled, and
/// logged with status 499.
#[derive(Debug, thiserror::Error)]
#[error("the client closed the connection before the response")]
pub(super) struct ClientGoneError;

/// Responds to the requests of one connection.
#[derive(Debug)]
pub(super) struct ConnectionService {
    /// The service.
    pub(super) service: Service,
    /// Whether the connection is past the limit: its requests are rejected with a 503.
    pub(super) is_rejected: bool,
    /// The address of the client, which has none on a UNIX socket.
    pub(super) peer: Option<SocketAddr>,
    /// The connection.
    pub(super) socket: Arc<Socket>,
    /// Upper bound on the bytes that are read of a body only to be discarded.
    pub(super) max_discarded_bytes: u64,
}

impl ConnectionService {
    /// Converts this into hyper's service.
    ///
    /// hyper keeps space for the future of a request as long as the connection lasts. The future is
    /// boxed, so an idle connection takes no memory for it.
    pub(super) fn into_hyper(
        self,
    ) -> impl hyper::service::Service<
        Request<Incoming>,
        Response = Response,
        Error = ClientGoneError,
        Future: Send,
    > {
        let this = Arc::new(self);
        service_fn(move |request| Box::pin(Arc::clone(&this).respond(request)))
    }

    /// Responds to one request, after its complete body or with `Connection: close`.
    async fn respond(
        self: Arc<Self>,
        request: Request<Incoming>,
    ) -> Result<Response, ClientGoneError> {
        self.socket.mark_request();
        let (mut head, body) = request.into_parts();
        let (body, remainder) = unread_body::track(body);
        if remainder.is_none() {
            self.socket.mark_complete();
        }
        let expects_continue = !remainder.is_none() && head.headers.contains_key(header::EXPECT);
        if let Some(peer) = self.peer {
            head.extensions.insert(Peer(peer));
        }
        let request = Request::from_parts(head, body);

        let service = &self.service;
        if self.is_rejected {
            if !remainder.is_none() {
                self.socket.mark_incomplete();
            }
            return Ok(with_connection_close(service.reject(&request)));
        }
        let response = tokio::select! {
            biased;
            response = self.service.answer(request) => response,
            () = self.client_gone() => return Err(ClientGoneError),
        };
        // A body that has already timed out gets no more time.
        let is_timeout = response.status() == StatusCode::REQUEST_TIMEOUT;
        if !is_timeout
            && remainder
                .drain(expects_continue, self.max_discarded_bytes)
                .await
        {
            self.socket.mark_complete();
            // A client that keeps its connection would find out about the shutdown too late.
            return Ok(if service.is_draining() {
                with_connection_close(response)
            } else {
                response
            });
        }
        self.socket.mark_incomplete();
        Ok(with_connection_close(response))
    }

    /// Waits until the client has closed its side and no data of it has been read for
    /// [`HALF_CLOSED_TIMEOUT`].
    async fn client_gone(&self) {
        self.socket.wait_for_client_close().await;
        loop {
            let received = self.socket.received();
            tokio::time::sleep(HALF_CLOSED_TIMEOUT).await;
            if self.socket.received() == received {
                return;
            }
        }
    }
}

/// Announces that the connection closes after this response.
fn with_connection_close(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

//! One connection: its requests, their answers, and its end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderValue, Request, StatusCode, header};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::{Service as HyperService, service_fn};

use super::socket::Socket;
use super::unread;
use crate::service::{Peer, Service};

/// How long a request goes on whose client has closed its side. A client may do so when it has sent its request and still
/// wait for the answer, but most that do are gone.
const AFTER_CLOSE: Duration = Duration::from_secs(2);

/// The client closed the connection before its answer was there. The request ends: its log line has the status 499.
#[derive(Debug, thiserror::Error)]
#[error("the client went away before the answer")]
pub(super) struct Gone;

/// Answers the requests of one connection.
#[derive(Debug)]
pub(super) struct Requests {
    /// What answers them; `None` where there are too many connections, of which the answer tells.
    pub(super) api: Option<Service>,
    /// The address of the client.
    pub(super) peer: SocketAddr,
    /// The connection.
    pub(super) socket: Arc<Socket>,
    /// How much of a body is read only to be thrown away.
    pub(super) thrown_away_bytes: u64,
}

impl Requests {
    /// What hyper calls for each request. hyper keeps room for the future of a request as long as the connection lasts;
    /// boxed, it takes that room only while there is a request.
    pub(super) fn into_service(
        self,
    ) -> impl HyperService<Request<Incoming>, Response = Response, Error = Gone, Future: Send> {
        let this = Arc::new(self);
        service_fn(move |request| {
            let this = Arc::clone(&this);
            Box::pin(async move { this.answer(request).await })
        })
    }

    /// Answers a request. The answer follows the whole body, or says that the connection ends with it.
    async fn answer(&self, request: Request<Incoming>) -> Result<Response, Gone> {
        let (mut head, body) = request.into_parts();
        let (body, rest) = unread::watch(body);
        if rest.is_none() {
            self.socket.has_come_whole();
        }
        let is_expected = head.headers.contains_key(header::EXPECT);
        head.extensions.insert(Peer(self.peer));
        let request = Request::from_parts(head, body);

        let Some(api) = &self.api else {
            if !rest.is_none() {
                self.socket.has_not_come_whole();
            }
            return Ok(closing(Service::turn_away(&request)));
        };
        let response = tokio::select! {
            biased;
            response = api.answer(request) => response,
            () = self.client_gone() => return Err(Gone),
        };
        // What was too slow for its time-out already is not waited for again.
        let is_too_slow = response.status() == StatusCode::REQUEST_TIMEOUT;
        if !is_too_slow && rest.comes_soon(is_expected, self.thrown_away_bytes).await {
            self.socket.has_come_whole();
            return Ok(response);
        }
        self.socket.has_not_come_whole();
        Ok(closing(response))
    }

    /// Waits until the client has closed its side a while ago, with nothing left that it sent before.
    async fn client_gone(&self) {
        self.socket.closed_by_client().await;
        loop {
            let received = self.socket.received();
            tokio::time::sleep(AFTER_CLOSE).await;
            if self.socket.received() == received {
                return;
            }
        }
    }
}

/// The same answer as the last one on its connection.
fn closing(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

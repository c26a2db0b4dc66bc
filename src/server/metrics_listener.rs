//! The listener of the metrics: `GET /metrics`, and nothing else.
//!
//! Few, short connections, so that scrapers cannot starve the service. There is no authentication:
//! restrict access by the address.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::{debug, error};

use super::accept_error::AcceptErrors;
use crate::metrics::{Format, Metrics};

/// The only path.
const PATH: &str = "/metrics";

/// How many connections there are at once. Others are closed as soon as they are accepted.
const MAX_CONNECTIONS: usize = 16;

/// How many of them have the same peer, so that a single one cannot stop the monitoring.
const MAX_CONNECTIONS_PER_PEER: usize = 4;

/// How long the head of a request may take.
const HEAD_TIMEOUT: Duration = Duration::from_secs(2);

/// How long a connection may take, its request and the response included.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest head of a request, in bytes. hyper allows no less.
const MAX_HEAD_BYTES: usize = 8 << 10;

/// A listener for those who read the metrics.
#[derive(Debug)]
pub struct MetricsListener(TcpListener);

impl MetricsListener {
    /// Listens on `address`.
    ///
    /// # Errors
    ///
    /// That of the operating system, if it cannot.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        TcpListener::bind(address).await.map(Self)
    }

    /// The address, with the port that the operating system has chosen if it was to choose one.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// Serves `metrics` without end.
    pub async fn serve(self, metrics: Arc<Metrics>) {
        let (permits, mut errors) = (Arc::<Permits>::default(), AcceptErrors::default());
        loop {
            let (stream, peer) = match self.0.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    errors.handle(error).await;
                    continue;
                }
            };
            if let Some(permit) = permits.try_acquire(peer.ip().to_canonical()) {
                let metrics = Arc::clone(&metrics);
                tokio::spawn(async move {
                    serve_connection(stream, metrics).await;
                    drop(permit);
                });
            } else {
                debug!(%peer, "too many connections for the metrics: one was closed");
            }
        }
    }
}

/// The peers of the open connections.
#[derive(Debug, Default)]
struct Permits(Mutex<Vec<IpAddr>>);

/// The permit of one connection, until this is dropped.
#[derive(Debug)]
struct Permit {
    permits: Arc<Permits>,
    peer: IpAddr,
}

impl Permits {
    /// A permit for a connection of `peer`, if there is one.
    fn try_acquire(self: &Arc<Self>, peer: IpAddr) -> Option<Permit> {
        let mut peers = self.peers();
        let of_peer = peers.iter().filter(|other| **other == peer).count();
        if peers.len() >= MAX_CONNECTIONS || of_peer >= MAX_CONNECTIONS_PER_PEER {
            return None;
        }
        peers.push(peer);
        let permits = Arc::clone(self);
        Some(Permit { permits, peer })
    }

    fn peers(&self) -> MutexGuard<'_, Vec<IpAddr>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut peers = self.permits.peers();
        if let Some(index) = peers.iter().position(|peer| *peer == self.peer) {
            peers.swap_remove(index);
        }
    }
}

async fn serve_connection(stream: TcpStream, metrics: Arc<Metrics>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let metrics = Arc::clone(&metrics);
        async move { Ok::<_, Infallible>(answer(&request, metrics).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .keep_alive(false)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    // Nobody needs to know of a client that disconnects or does not send its request.
    let _ = timeout(CONNECTION_TIMEOUT, connection).await;
}

async fn answer<B>(request: &Request<B>, metrics: Arc<Metrics>) -> Response {
    if request.uri().path() != PATH {
        return StatusCode::NOT_FOUND.into_response();
    }
    if request.method() != Method::GET {
        let allow = [(header::ALLOW, "GET")];
        return (StatusCode::METHOD_NOT_ALLOWED, allow).into_response();
    }
    let accept = request.headers().get_all(header::ACCEPT).iter();
    let format = Format::preferred_by(accept.filter_map(|value| value.to_str().ok()));
    // It reads files of the operating system.
    match spawn_blocking(move || metrics.encode(format)).await {
        Ok(Ok(text)) => {
            let content_type = [(header::CONTENT_TYPE, format.content_type())];
            (content_type, Body::from(text)).into_response()
        }
        outcome => {
            error!(?outcome, "the metrics cannot be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn status(method: Method, path: &str) -> (StatusCode, Option<String>) {
        let request = Request::builder().method(method).uri(path).body(());
        let response = answer(&request.unwrap(), Arc::new(Metrics::new())).await;
        let allow = response.headers().get(header::ALLOW);
        let allow = allow.map(|value| value.to_str().unwrap().to_owned());
        (response.status(), allow)
    }

    #[tokio::test]
    async fn there_is_one_path_with_one_method() {
        assert_eq!(
            status(Method::GET, "/metrics").await,
            (StatusCode::OK, None)
        );
        for path in ["/", "/metrics/", "//metrics", "/metrics2", "/v2/images"] {
            assert_eq!(status(Method::GET, path).await.0, StatusCode::NOT_FOUND);
        }
        for method in [Method::HEAD, Method::POST, Method::OPTIONS] {
            let expected = (StatusCode::METHOD_NOT_ALLOWED, Some("GET".to_owned()));
            assert_eq!(status(method, "/metrics").await, expected);
        }
    }

    #[test]
    fn one_peer_has_a_few_places_and_all_together_some_more() {
        let peer = |number| IpAddr::from([192, 0, 2, number]);
        let permits = Arc::<Permits>::default();
        let take = |number| permits.try_acquire(peer(number));
        let first: Vec<_> = (0..MAX_CONNECTIONS_PER_PEER).map(|_| take(1)).collect();
        assert!(first.iter().all(Option::is_some) && take(1).is_none());
        let others = (2..).take(MAX_CONNECTIONS - MAX_CONNECTIONS_PER_PEER);
        let others: Vec<_> = others.map(take).collect();
        assert!(others.iter().all(Option::is_some) && take(99).is_none());
        drop(first);
        assert!(take(99).is_some() && take(1).is_some());
    }
}

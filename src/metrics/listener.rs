//! The listener of the metrics: `GET /metrics`, and nothing else.
//!
//! It has few connections, each for one request and a short time, so that it takes little from the
//! service whoever connects. It asks nobody for a token: who may connect is decided by its address.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};
use tracing::{debug, error};

use super::registry::{Format, Metrics};

/// The only path.
const PATH: &str = "/metrics";

/// How many connections there are at once. Others wait to be accepted.
const MAX_CONNECTIONS: usize = 16;

/// How long a connection may take, its request and the response included.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest head of a request, in bytes. hyper allows no less.
const MAX_HEAD_BYTES: usize = 8 << 10;

/// Time to the next `accept` after one that failed.
const BACKOFF: Duration = Duration::from_millis(100);

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
        let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        loop {
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else {
                return;
            };
            match self.0.accept().await {
                Ok((stream, _)) => {
                    let metrics = Arc::clone(&metrics);
                    tokio::spawn(async move {
                        serve_connection(stream, metrics).await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    debug!(%error, "a connection for the metrics was not accepted");
                    sleep(BACKOFF).await;
                }
            }
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
    let format = accepted_format(request.headers());
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

/// OpenMetrics for who asks for it, as Prometheus does.
fn accepted_format(headers: &HeaderMap) -> Format {
    let accepts = headers.get_all(header::ACCEPT).iter();
    let mut accepts = accepts.filter_map(|value| value.to_str().ok());
    if accepts.any(|value| value.contains("application/openmetrics-text")) {
        Format::OpenMetrics
    } else {
        Format::Prometheus
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
    fn the_format_is_the_one_that_is_asked_for() {
        let format = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, accept.parse().unwrap());
            accepted_format(&headers)
        };
        let prometheus = "application/openmetrics-text;version=1.0.0,text/plain;q=0.5,*/*;q=0.1";
        assert_eq!(format(prometheus), Format::OpenMetrics);
        assert_eq!(format("*/*"), Format::Prometheus);
        assert_eq!(accepted_format(&HeaderMap::new()), Format::Prometheus);
    }
}

//! Admission control: up to `limits.connections` connections are served, some more are rejected
//! with a 503, and further ones are closed without a response.

use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::TokioTimer;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::linger::LingerTimeouts;
use crate::config::Config;
use crate::metrics::ConnectionMetrics;
use crate::service::Service;

/// How many connections past `limits.connections` receive a 503.
pub(super) const MAX_REJECTED_CONNECTIONS: usize = 64;

/// How many headers hyper allows by itself.
const HYPER_MAX_HEADERS: usize = 100;

/// Time for a client past the limit to send its request.
const REJECTED_IDLE_TIMEOUT: Duration = Duration::from_secs(2);

/// Decides for each new connection how it is handled.
#[derive(Debug)]
pub(super) struct AdmissionControl {
    service: Service,
    served: Arc<Semaphore>,
    serving: http1::Builder,
    rejected: Arc<Semaphore>,
    rejecting: http1::Builder,
    metrics: ConnectionMetrics,
}

/// How an admitted connection is handled.
#[derive(Debug)]
pub(super) struct Admission<'a> {
    /// Holds the place of the connection until it is closed.
    pub(super) permit: OwnedSemaphorePermit,
    /// The service.
    pub(super) service: &'a Service,
    /// Whether the connection is past the limit.
    pub(super) is_rejected: bool,
    /// hyper's settings.
    pub(super) http: &'a http1::Builder,
    /// How long to linger after the last response.
    pub(super) linger: LingerTimeouts,
    /// Counts how connections end.
    pub(super) metrics: &'a ConnectionMetrics,
}

impl AdmissionControl {
    /// Admits the connections to `service` by the limits in `config`.
    pub(super) fn new(service: Service, config: &Config) -> Self {
        let idle = config.server.idle_timeout;
        let limit = config.limits.connections;
        let served = Arc::new(Semaphore::new(limit));
        let metrics = service.metrics();
        let metrics = metrics.map(|metrics| metrics.connections(Arc::clone(&served), limit));
        Self {
            service,
            served,
            serving: http(config, idle),
            rejected: Arc::new(Semaphore::new(MAX_REJECTED_CONNECTIONS)),
            rejecting: http(config, idle.min(REJECTED_IDLE_TIMEOUT)),
            metrics: metrics.unwrap_or_default(),
        }
    }

    /// How to handle the next connection; `None`: close it at once.
    pub(super) fn admit(&self) -> Option<Admission<'_>> {
        if let Ok(permit) = Arc::clone(&self.served).try_acquire_owned() {
            self.metrics.admitted.inc();
            return Some(Admission {
                permit,
                service: &self.service,
                is_rejected: false,
                http: &self.serving,
                linger: LingerTimeouts::FULL,
                metrics: &self.metrics,
            });
        }
        let Ok(permit) = Arc::clone(&self.rejected).try_acquire_owned() else {
            self.metrics.closed.inc();
            return None;
        };
        self.metrics.rejected.inc();
        Some(Admission {
            permit,
            service: &self.service,
            is_rejected: true,
            http: &self.rejecting,
            linger: LingerTimeouts::SHORT,
            metrics: &self.metrics,
        })
    }
}

fn http(config: &Config, idle_timeout: Duration) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(idle_timeout)
        .max_buf_size(config.limits.head_bytes)
        .title_case_headers(true)
        // A client that closes its side after its request may still wait for the response: see
        // `connection`.
        .half_close(true);
    // With a number of its own, hyper clears its table of headers for each request.
    if config.limits.headers != HYPER_MAX_HEADERS {
        builder.max_headers(config.limits.headers);
    }
    builder
}

//! The accept loop, and the graceful shutdown.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, info, warn};

use super::accept_error::AcceptErrors;
use super::admission::{Admission, AdmissionControl};
use super::connection::ConnectionService;
use super::linger::{LingerTimeouts, linger};
use super::listen::Listener;
use super::socket::{Socket, Stream};
use super::transport::Transport;
use crate::config::Config;
use crate::metrics::ConnectionMetrics;
use crate::service::Service;

/// Time for the cleanup writes of dropped requests.
const CLEANUP_TIMEOUT: Duration = Duration::from_secs(5);

/// Serves `service` on `listener` until `shutdown` completes. Then closes the listener, and waits
/// up to `server.grace_seconds` for the requests in flight.
pub async fn run(
    listener: impl Into<Listener>,
    service: Service,
    config: &Config,
    shutdown: impl Future<Output = ()>,
) {
    let listener = listener.into();
    let admission = AdmissionControl::new(service.clone(), config);
    let connections = Connections {
        graceful: GracefulShutdown::new(),
        tasks: TaskTracker::new(),
        stopping: CancellationToken::new(),
        cut: CancellationToken::new(),
        send_timeout: config.server.idle_timeout,
        // As much as a handler might have read.
        max_discarded_bytes: config.limits.json_bytes.max(config.limits.body_bytes) as u64,
    };
    let mut errors = AcceptErrors::default();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut shutdown => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    errors.handle(error).await;
                    continue;
                }
            },
        };
        if let Some(admission) = admission.admit() {
            connections.spawn(stream, peer, admission);
        } else {
            debug!(
                peer = peer.map(display),
                "too many connections: one was closed without a response"
            );
        }
    }
    drop(listener);
    info!("stopping");
    service.stop();
    let (cut, tasks) = (connections.cut.clone(), connections.tasks.clone());
    let finished = async {
        connections.shut_down().await;
        service.wait_for_writes().await;
    };
    if tokio::time::timeout(config.server.shutdown_timeout, finished)
        .await
        .is_err()
    {
        warn!("server.grace_seconds is over: requests in flight are dropped");
        service.give_up();
        cut.cancel();
        // The images of uploads that were cut off become queued again, by writes that begin when
        // the connections end.
        tasks.close();
        let cleanup = async {
            tasks.wait().await;
            service.wait_for_writes().await;
        };
        let _ = tokio::time::timeout(CLEANUP_TIMEOUT, cleanup).await;
    }
}

/// The open connections, one task each.
struct Connections {
    graceful: GracefulShutdown,
    tasks: TaskTracker,
    /// Cancelled when the shutdown begins.
    stopping: CancellationToken,
    /// Cancelled when no connection may live any longer.
    cut: CancellationToken,
    send_timeout: Duration,
    max_discarded_bytes: u64,
}

impl Connections {
    /// Spawns the task of one connection: serves its requests, closes it, and lingers.
    fn spawn(&self, stream: Transport, peer: Option<SocketAddr>, admission: Admission<'_>) {
        let Admission {
            permit,
            service,
            is_rejected,
            http,
            linger: timeouts,
            metrics,
        } = admission;
        let metrics = metrics.clone();
        let socket = Socket::new(stream, self.send_timeout);
        let requests = ConnectionService {
            service: service.clone(),
            is_rejected,
            peer,
            socket: Arc::clone(&socket),
            max_discarded_bytes: self.max_discarded_bytes,
        };
        let io = TokioIo::new(Stream::new(Arc::clone(&socket)));
        let served = self
            .graceful
            .watch(http.serve_connection(io, requests.into_hyper()));
        let (stopping, cut, watched) =
            (self.stopping.clone(), self.cut.clone(), Arc::clone(&socket));
        let ended = async move {
            stopping.cancelled().await;
            // hyper would wait for the rest of a first head. Later it closes by itself.
            let may_linger = !watched.has_request();
            if !may_linger {
                cut.cancelled().await;
            }
            may_linger
        };
        self.tasks.spawn(async move {
            let served = tokio::select! {
                // First, so that hyper sees a head that has arrived.
                biased;
                outcome = served => outcome,
                may_linger = ended => {
                    if may_linger && socket.close_write().is_ok() {
                        linger(&socket, LingerTimeouts::SHORT).await;
                    }
                    return;
                }
            };
            match served {
                // After a request for a protocol upgrade, hyper returns without shutting the socket
                // down.
                Ok(()) if !socket.is_write_closed() => drop(socket.close_write()),
                Ok(()) => {}
                Err(error) => {
                    count_parse_error(&error, &metrics);
                    debug!(
                        peer = peer.map(display),
                        error = &error as &dyn Error,
                        "a connection ended early"
                    );
                }
            }
            linger(&socket, timeouts).await;
            drop(permit);
        });
    }

    /// Waits until every request in flight has its response, and a moment longer for clients that
    /// are still sending.
    async fn shut_down(self) {
        self.stopping.cancel();
        self.graceful.shutdown().await;
        self.tasks.close();
        let _ = tokio::time::timeout(LingerTimeouts::SHORT.total, self.tasks.wait()).await;
    }
}

/// Counts a request that hyper has answered by itself, with 400, 414 or 431, because it does not
/// understand it. No service sees such a request.
fn count_parse_error(error: &hyper::Error, metrics: &ConnectionMetrics) {
    if error.is_parse_too_large() {
        metrics.too_large.inc();
    } else if error.is_parse() {
        metrics.malformed.inc();
    }
}

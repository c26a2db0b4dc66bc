//! The HTTP server: takes connections, hands their requests to the [`Service`], and stops when those in flight are answered.
//!
//! One hyper connection a task, HTTP/1. Its timer covers the head of a request and the time between two requests; the
//! other time-outs are the API's.

mod accept;
mod connection;
mod linger;
mod signals;
mod socket;
mod unread;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use tracing::{debug, info, warn};

pub use signals::Signals;

use crate::config::Config;
use crate::service::Service;
use accept::Failures;
use connection::Requests;
use socket::{Socket, Stream};

/// How many connections past the limit are told so with a 503. Past these, they are closed.
const TURNED_AWAY: usize = 64;

/// Files besides the connections of clients and of the store: those to Keystone, the log, what the runtime needs.
const OTHER_FILES: usize = 128;

/// How long a connection past the limit may take to send its request.
const TURN_AWAY: Duration = Duration::from_secs(2);

/// Serves `api` on `listener` until `stop` is done; then answers what is in flight, for the grace period at most.
pub async fn run(
    listener: TcpListener,
    api: Service,
    config: &Config,
    stop: impl Future<Output = ()>,
) {
    let serve = builder(config, config.server.idle);
    let turn_away = builder(config, config.server.idle.min(TURN_AWAY));
    let graceful = GracefulShutdown::new();
    let connections = TaskTracker::new();
    let served = Arc::new(Semaphore::new(config.limits.connections));
    let turned_away = Arc::new(Semaphore::new(TURNED_AWAY));
    let mut failures = Failures::default();
    let mut stop = std::pin::pin!(stop);
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    failures.handle(error).await;
                    continue;
                }
            },
        };
        let (permit, builder, api, bounds) =
            if let Ok(permit) = Arc::clone(&served).try_acquire_owned() {
                (permit, &serve, Some(api.clone()), linger::FULL)
            } else if let Ok(permit) = Arc::clone(&turned_away).try_acquire_owned() {
                (permit, &turn_away, None, linger::SHORT)
            } else {
                debug!(%peer, "too many connections: one was closed unheard");
                continue;
            };
        let socket = Socket::new(stream, config.server.idle);
        let io = TokioIo::new(Stream(Arc::clone(&socket)));
        // What a handler might have read as well.
        let thrown_away_bytes = config.limits.json_bytes.max(config.limits.body_bytes) as u64;
        let requests = Requests {
            api,
            peer,
            socket: Arc::clone(&socket),
            thrown_away_bytes,
        };
        let served = graceful.watch(builder.serve_connection(io, requests.into_service()));
        connections.spawn(async move {
            match served.await {
                // hyper leaves this to others where a client has asked for an upgrade to another protocol.
                Ok(()) if !socket.is_finished() => drop(socket.finish()),
                Ok(()) => {}
                Err(error) => {
                    debug!(%peer, error = &error as &dyn Error, "a connection ended early");
                }
            }
            linger::linger(&socket, bounds).await;
            drop(permit);
        });
    }
    drop(listener);
    info!("stopping");
    let finished = async {
        graceful.shutdown().await;
        connections.close();
        // All answers are out. Who still sends has a moment to read them.
        let _ = tokio::time::timeout(linger::SHORT.total, connections.wait()).await;
        api.wait_for_writes().await;
    };
    if tokio::time::timeout(config.server.grace, finished)
        .await
        .is_err()
    {
        warn!("the grace period is over: what is still in flight is dropped");
    }
}

fn builder(config: &Config, idle: Duration) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(idle)
        .max_buf_size(config.limits.head_bytes)
        .max_headers(config.limits.headers)
        .title_case_headers(true)
        // A client may say that it sends no more before it has the answer, and gets one that comes within two seconds.
        .half_close(true);
    builder
}

/// Raises the number of files that the process may have open as far as it goes, and says so if that is too few.
pub fn raise_file_limit(config: &Config) {
    // A connection to SQLite has the database and its log open.
    let of_clients = config.limits.connections + TURNED_AWAY;
    let needed = (of_clients + 2 * config.store.connections + OTHER_FILES) as u64;
    match rlimit::increase_nofile_limit(needed) {
        Ok(limit) if limit >= needed => {}
        Ok(limit) => warn!(
            limit,
            needed,
            "too few open files for limits.connections and store.connections: connections will have to wait"
        ),
        Err(error) => warn!(%error, "the limit of open files is not known"),
    }
}

//! The service itself: starts log, listener, store and authenticator, and serves until a signal
//! shuts it down.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tracing::{info, warn};

use super::signals::Signals;
use crate::config::Config;
use crate::metrics::MetricsListener;
use crate::server;
use crate::service::Service;
use crate::telemetry;

/// Serves as `config` describes. Returns after a graceful shutdown, at a second signal, or at a
/// signal before the service is ready.
pub(super) fn serve(config: &Config) -> Result<(), Box<dyn Error>> {
    let _log = telemetry::start(&config.log);
    let runtime = Runtime::new()?;
    let result = runtime.block_on(serve_until_signal(config));
    // Tasks that still run must not delay the exit.
    runtime.shutdown_background();
    result
}

async fn serve_until_signal(config: &Config) -> Result<(), Box<dyn Error>> {
    let listen = config.server.listen;
    let mut signals = Signals::new()?;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| format!("cannot listen on {listen}: {error}"))?;
    let metrics_listener = match config.metrics.listen {
        Some(address) => Some(listen_for_metrics(address).await?),
        None => None,
    };
    server::raise_file_limit(config);
    let service = tokio::select! {
        service = Service::from_config(config) => service?,
        () = signals.wait_for_shutdown() => return Ok(()),
    };
    if let (Some(listener), Some(metrics)) = (metrics_listener, service.metrics()) {
        info!(listen = %listener.local_addr()?, "serving the metrics");
        tokio::spawn(listener.serve(Arc::clone(metrics)));
    }
    info!(version = env!("CARGO_PKG_VERSION"), listen = %listener.local_addr()?, "serving");

    let (shutdown, requested) = oneshot::channel();
    let shutdown_requested = async { requested.await.unwrap_or_default() };
    tokio::select! {
        () = server::run(listener, service, config, shutdown_requested) => info!("stopped"),
        () = async {
            signals.wait_for_shutdown().await;
            let _ = shutdown.send(());
            signals.wait_for_shutdown().await;
        } => warn!("stopped by a second signal: requests in flight are dropped"),
    }
    Ok(())
}

async fn listen_for_metrics(address: SocketAddr) -> Result<MetricsListener, String> {
    let listener = MetricsListener::bind(address).await;
    listener.map_err(|error| format!("cannot listen on {address}, metrics.listen: {error}"))
}

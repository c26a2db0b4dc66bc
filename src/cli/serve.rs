//! The service itself: starts log, listener, store and authenticator, and serves until a signal
//! shuts it down.

use std::error::Error;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tracing::{info, warn};

use super::reload::{Load, reload};
use super::signals::{Request, Signals};
use crate::config::Config;
use crate::server;
use crate::service::Service;
use crate::telemetry::{self, Log};

/// Serves as `config` describes. Returns after a graceful shutdown, at a signal during it, or at a
/// signal before the service is ready. A signal during the drain only ends the drain. SIGHUP has
/// the service take over what `load` returns.
pub(super) fn serve(config: &Config, load: Load<'_>) -> Result<(), Box<dyn Error>> {
    let log = telemetry::start(&config.log);
    let runtime = Runtime::new()?;
    let result = runtime.block_on(serve_until_signal(config, load, &log));
    // Tasks that still run must not delay the exit.
    runtime.shutdown_background();
    result
}

async fn serve_until_signal(
    config: &Config,
    load: Load<'_>,
    log: &Log,
) -> Result<(), Box<dyn Error>> {
    let listen = config.server.listen;
    let mut signals = Signals::new()?;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| format!("cannot listen on {listen}: {error}"))?;
    server::raise_file_limit(config);
    let service = tokio::select! {
        service = Service::from_config(config) => service?,
        () = signals.wait_for_shutdown() => return Ok(()),
    };
    info!(version = env!("CARGO_PKG_VERSION"), listen = %listener.local_addr()?, "serving");

    let (shutdown, requested) = oneshot::channel();
    let shutdown_requested = async { requested.await.unwrap_or_default() };
    tokio::select! {
        () = server::run(listener, service.clone(), config, shutdown_requested) => info!("stopped"),
        () = async {
            while signals.wait().await == Request::Reload {
                reload(load, &service, log);
            }
            drain(&service, config.server.drain_timeout, &mut signals).await;
            let _ = shutdown.send(());
            signals.wait_for_shutdown().await;
        } => warn!("stopped by a second signal: requests in flight are dropped"),
    }
    Ok(())
}

/// Has health checks fail, and waits for load balancers to find out: for `time`, or until another
/// signal.
async fn drain(service: &Service, time: Duration, signals: &mut Signals) {
    service.drain();
    if time.is_zero() {
        return;
    }
    info!(seconds = time.as_secs_f64(), "draining");
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = signals.wait_for_shutdown() => info!("a second signal ends the drain"),
    }
}

//! The service itself: starts log, listener, store and authenticator, and serves until a signal
//! shuts it down.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::num::NonZero;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use socket2::Socket;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::oneshot;
use tracing::{info, warn};

use super::reload::{Load, reload};
use super::signals::{SignalAction, Signals};
use crate::config::Config;
use crate::server::{self, Listener, MetricsListener};
use crate::service::Service;
use crate::spans;
use crate::systemd::{self, Notifier};
use crate::telemetry::{self, Log};

/// Serves as `config` describes. Returns after a graceful shutdown, at a signal during it, or at a
/// signal before the service is ready. A signal during the drain only ends the drain. SIGHUP has
/// the service take over what `load` returns.
pub(super) fn serve(config: Config, load: Load) -> Result<(), Box<dyn Error>> {
    // Before the first thread, for it changes the environment.
    let handed_over = systemd::take_socket()?;
    let log = telemetry::start(&config.log);
    // Outside of the runtime: the exporter has a thread of its own.
    let _spans = spans::start()?;
    let runtime = runtime(config.server.threads)?;
    let result = runtime.block_on(serve_until_signal(config, load, &log, handed_over));
    // Tasks that still run must not delay the exit.
    runtime.shutdown_background();
    result
}

/// The runtime with this number of threads for requests; 0 for as many as the process has
/// processors. It is always set, because tokio has a variable of its own for it.
fn runtime(threads: usize) -> io::Result<Runtime> {
    let threads = match threads {
        0 => available_parallelism().map_or(1, NonZero::get),
        threads => threads,
    };
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(threads).enable_all().build()
}

async fn serve_until_signal(
    config: Config,
    load: Load,
    log: &Log,
    handed_over: Option<Socket>,
) -> Result<(), Box<dyn Error>> {
    let notifier = Notifier::from_env();
    let mut signals = Signals::new()?;
    let is_handed_over = handed_over.is_some();
    let (listener, config) = listen(config, handed_over)?;
    let listen = is_handed_over.then(|| config.server.listen.clone());
    let load: Load = Arc::new(move || match &listen {
        Some(listen) => load()?.listening_on(listen.clone()),
        None => load(),
    });
    let metrics_listener = match config.metrics.listen {
        Some(address) => Some(listen_for_metrics(address).await?),
        None => None,
    };
    server::raise_file_limit(&config);
    let service = tokio::select! {
        service = Service::from_config(&config) => service?,
        () = signals.wait_for_shutdown() => return Ok(()),
    };
    if let (Some(listener), Some(metrics)) = (metrics_listener, service.metrics()) {
        info!(listen = %listener.local_addr()?, "serving the metrics");
        tokio::spawn(listener.serve(Arc::clone(metrics)));
    }
    let (listen, threads) = (
        listener.address()?,
        Handle::current().metrics().num_workers(),
    );
    info!(version = env!("CARGO_PKG_VERSION"), %listen, threads, "serving");
    notifier.ready();

    let (shutdown, requested) = oneshot::channel();
    let shutdown_requested = async { requested.await.unwrap_or_default() };
    tokio::select! {
        () = server::run(listener, service.clone(), &config, shutdown_requested) => info!("stopped"),
        () = async {
            reload_until_shutdown(&mut signals, &notifier, &load, &service, log).await;
            notifier.stopping();
            drain(&service, config.server.drain_timeout, &mut signals).await;
            let _ = shutdown.send(());
            signals.wait_for_shutdown().await;
            service.give_up();
        } => warn!("stopped by a second signal: requests in flight are dropped"),
        // Beside the others, so that they end with whatever keeps these from going on.
        never = notifier.keep_alive() => match never {},
    }
    Ok(())
}

/// Reloads the configuration at each SIGHUP. Returns at a signal that shuts the service down, also
/// during a reload.
async fn reload_until_shutdown(
    signals: &mut Signals,
    notifier: &Notifier,
    load: &Load,
    service: &Service,
    log: &Log,
) {
    while signals.wait().await == SignalAction::Reload {
        notifier.reloading();
        tokio::select! {
            () = reload(load, service, log) => notifier.ready(),
            () = signals.wait_for_shutdown_alone() => {
                info!("a signal ends the reload: the configuration stays as it is");
                return;
            }
        }
    }
}

/// The listening socket, and the configuration of a service with its address.
fn listen(
    config: Config,
    handed_over: Option<Socket>,
) -> Result<(Listener, Config), Box<dyn Error>> {
    let Some(socket) = handed_over else {
        let address = &config.server.listen;
        let listener = Listener::bind(&config.server)
            .map_err(|error| format!("cannot listen on {address}: {error}"))?;
        return Ok((listener, config));
    };
    let listener = Listener::handed_over(socket)?;
    let address = listener.address()?;
    info!(listen = %address, "a socket was handed over: it takes the place of server.listen");
    Ok((listener, config.listening_on(address)?))
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

async fn listen_for_metrics(address: SocketAddr) -> Result<MetricsListener, String> {
    let listener = MetricsListener::bind(address).await;
    listener.map_err(|error| format!("cannot listen on {address}, metrics.listen: {error}"))
}

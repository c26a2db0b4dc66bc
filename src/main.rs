//! Puts the parts together: arguments, configuration, log, store and authenticator, server.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use image_tags::cli::{self, Arguments, Command};
use image_tags::config::Config;
use image_tags::server::Signals;
use image_tags::service::Service;
use image_tags::{server, telemetry};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tracing::{info, warn};

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("image-tags: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    if let Some(Command::Healthcheck) = arguments.command {
        return cli::healthcheck(arguments);
    }
    let config = Config::load(&arguments.config, std::env::vars_os(), arguments.listen)?;
    match &arguments.command {
        Some(Command::CheckConfig) => Ok(writeln!(
            io::stdout(),
            "{}: fine",
            arguments.config.display()
        )?),
        Some(Command::Export) => Runtime::new()?.block_on(cli::export(&config)),
        Some(Command::Import { file }) => Runtime::new()?.block_on(cli::import(&config, file)),
        Some(Command::Healthcheck) | None => {
            let _log = telemetry::start(&config.log);
            let runtime = Runtime::new()?;
            let result = runtime.block_on(serve(&config));
            // What still runs has had its time: it must not hold up the end.
            runtime.shutdown_background();
            result
        }
    }
}

async fn serve(config: &Config) -> Result<(), Box<dyn Error>> {
    let listen = config.server.listen;
    let mut signals = Signals::new()?;
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| format!("cannot listen on {listen}: {error}"))?;
    server::raise_file_limit(config);
    let api = tokio::select! {
        api = Service::from_config(config) => api?,
        () = signals.stop() => return Ok(()),
    };
    info!(version = env!("CARGO_PKG_VERSION"), listen = %listener.local_addr()?, "serving");

    let (stop, stopped) = oneshot::channel();
    let stopped = async { stopped.await.unwrap_or_default() };
    tokio::select! {
        () = server::run(listener, api, config, stopped) => info!("stopped"),
        () = async {
            signals.stop().await;
            let _ = stop.send(());
            signals.stop().await;
        } => warn!("stopped by a second signal: what was in flight is dropped"),
    }
    Ok(())
}

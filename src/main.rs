//! Puts the parts together: arguments, configuration, log, store and authenticator, server.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use image_tags::api::{Api, Context, Settings};
use image_tags::cli::{self, Arguments, Command};
use image_tags::config::Config;
use image_tags::{auth, server, store, telemetry};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;

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
    let config = Config::load(&arguments.config, std::env::vars_os(), arguments.listen)?;
    match arguments.command {
        Some(Command::CheckConfig) => Ok(writeln!(io::stdout(), "{}: fine", arguments.config.display())?),
        Some(Command::Healthcheck) => Ok(cli::healthcheck(config.server.listen)?),
        None => {
            telemetry::start(&config.log);
            serve(&config)
        }
    }
}

#[tokio::main]
async fn serve(config: &Config) -> Result<(), Box<dyn Error>> {
    let listen = config.server.listen;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let listener = TcpListener::bind(listen).await.map_err(|error| format!("cannot listen on {listen}: {error}"))?;
    let api = Api::new(Context {
        store: store::open(config),
        authenticator: auth::configured(&config.auth)?,
        settings: Settings::from(config),
    });
    info!(version = env!("CARGO_PKG_VERSION"), listen = %listener.local_addr()?, "serving");
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    server::run(listener, api, config, stop).await;
    info!("stopped");
    Ok(())
}

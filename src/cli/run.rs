//! Dispatch: loads the configuration, and runs the command or serves.

use std::error::Error;
use std::io::{self, Write};
use std::sync::Arc;

use tokio::runtime::{Builder, Runtime};

use super::arguments::{Arguments, Command};
use super::check_config::check_config;
use super::doctor::doctor;
use super::glance::glance;
use super::healthcheck::healthcheck;
use super::serve::serve;
use super::transfer::{export, import};
use crate::config::{Config, ConfigError, EXAMPLE};

/// Runs the command of `arguments`, or serves until a signal shuts the service down. The error is
/// for standard error.
pub fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    match &arguments.command {
        None => {
            let arguments = arguments.clone();
            serve(load(&arguments)?, Arc::new(move || load(&arguments)))
        }
        Some(Command::CheckConfig { tags }) => {
            let config = load(arguments)?;
            Ok(check_config(&arguments.config, &config, tags)?)
        }
        Some(Command::DefaultConfig) => Ok(io::stdout().write_all(EXAMPLE.as_bytes())?),
        Some(Command::Healthcheck { live }) => healthcheck(arguments, *live),
        Some(Command::Export) => runtime()?.block_on(export(&load(arguments)?)),
        Some(Command::Doctor { apply }) => runtime()?.block_on(doctor(&load(arguments)?, *apply)),
        Some(Command::Glance { command }) => {
            runtime()?.block_on(glance(&load(arguments)?, command))
        }
        Some(Command::Import { file }) => runtime()?.block_on(import(&load(arguments)?, file)),
    }
}

fn load(arguments: &Arguments) -> Result<Config, ConfigError> {
    Config::load(
        &arguments.config,
        std::env::vars_os(),
        arguments.listen.clone(),
    )
}

/// The runtime of a command, which does one thing at a time. tokio's default has a thread for each
/// processor, or as many as a variable says.
fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

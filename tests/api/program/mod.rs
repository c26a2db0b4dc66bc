//! The program: command line, configuration, signals, log.
//!
//! Start reading at `process`, which starts it.

mod command_line;
mod configuration;
mod doctor;
mod health_check;
mod log;
mod metrics;
mod process;
mod reload;
mod service_manager;
mod signals;
mod startup;
mod transfer;
mod unix_socket;

pub use configuration::file;

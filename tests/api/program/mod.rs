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
mod signals;
mod startup;
mod transfer;

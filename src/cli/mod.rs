//! The command line: its arguments, and one file per command.
//!
//! Results go to standard output, everything else to standard error.
//!
//! Start reading at [`run()`].

mod arguments;
mod check_config;
mod doctor;
mod glance;
mod healthcheck;
mod progress;
mod reload;
mod run;
mod serve;
mod signals;
mod transfer;

pub use arguments::{Arguments, Command, GlanceCommand, GuardCommand};
pub use run::run;

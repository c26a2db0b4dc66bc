//! The log: where it goes, how a line looks, and the one line that every request leaves.

mod fields;
mod lines;
mod request_id;
mod request_log;

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

pub use lines::LogGuard;
pub use request_id::{BadRequestId, RequestId};
pub use request_log::RequestLog;

use crate::config::{Log, LogFormat};
use fields::Fields;
use lines::Lines;

/// Starts logging to standard error as `log` says, panics included. What is logged goes out until the guard is dropped.
///
/// A log that cannot be written must not stop the service: lines are dropped when nobody reads them. `log.level` has been
/// checked with the configuration; one that is not understood means `info`.
pub fn start(log: &Log) -> LogGuard {
    let filter = EnvFilter::try_new(&log.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let (writer, guard) = Lines::to(io::stderr());
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer).log_internal_errors(false);
    match log.format {
        LogFormat::Text => lines.fmt_fields(Fields).with_ansi(io::stderr().is_terminal()).with_target(false).init(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).with_span_list(false).init(),
    }
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("no message");
        let place = panic.location().map(ToString::to_string);
        tracing::error!(message, place, "panic");
    }));
    guard
}

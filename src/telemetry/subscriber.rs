//! The log subscriber of the process: filter, format and destination as `[log]` configures them.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::JsonFields;

use super::event_format::EventFormat;
use super::field_format::FieldFormat;
use super::oslo_format::OsloFormat;
use super::writer::{LogGuard, LogWriter};
use super::{access_log, panic_hook};
use crate::config::{LogConfig, LogFormat};

/// Starts logging to standard error as `log` configures it, panics included. Lines are written
/// until the guard is dropped.
///
/// A blocked or failing standard error does not stop the service: lines are then dropped. The
/// configuration has already checked `log.level`; a level that does not parse means `info`.
pub fn start(log: &LogConfig) -> LogGuard {
    let filter = EnvFilter::try_new(&log.level).unwrap_or_else(|_| EnvFilter::new("info"));
    let log_dropped = |dropped| {
        tracing::error!(
            dropped,
            "lines of the log were dropped: standard error was not read in time"
        );
    };
    let (writer, guard) = LogWriter::spawn(io::stderr(), log_dropped);
    let is_terminal = io::stderr().is_terminal();
    if !is_terminal || log.format != LogFormat::Text {
        // On a terminal, tracing-subscriber adds colours to a text.
        access_log::write_to(writer.clone(), log.format);
    }
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .log_internal_errors(false);
    match log.format {
        LogFormat::Text => subscriber
            .fmt_fields(FieldFormat)
            .event_format(EventFormat::text(is_terminal))
            .init(),
        LogFormat::Json => subscriber
            .fmt_fields(JsonFields::new())
            .event_format(EventFormat::json())
            .init(),
        LogFormat::Oslo => subscriber
            .fmt_fields(FieldFormat)
            .event_format(OsloFormat)
            .init(),
    }
    panic_hook::install();
    guard
}

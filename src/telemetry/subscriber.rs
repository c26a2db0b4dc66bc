//! The log subscriber of the process: filter, format and destination as `[log]` configures them.

use std::error::Error;
use std::io::{self, IsTerminal};

use tracing_subscriber::fmt::format::{DefaultFields, JsonFields};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::reload::{self, Handle};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _, Registry};

use super::event_format::EventFormat;
use super::oslo_format::OsloFormat;
use super::output::{LogGuard, LogWriter};
use super::{access_log, panic_hook};
use crate::config::{LogConfig, LogFormat};

/// The log of the process. Lines are written until it is dropped.
#[must_use = "the last lines of the log are lost without it"]
#[derive(Debug)]
pub struct Log {
    filter: Handle<EnvFilter, Registry>,
    _guard: LogGuard,
}

impl Log {
    /// Sets the level of all further lines.
    pub fn set_level(&self, level: &str) {
        if let Err(error) = self.filter.reload(filter(level)) {
            tracing::error!(error = &error as &dyn Error, "the level of the log stays");
        }
    }
}

/// The filter of a level. The configuration has already checked it: one that does not parse means
/// `info`.
fn filter(level: &str) -> EnvFilter {
    EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"))
}

/// Starts logging to standard error as `log` configures it, panics included.
///
/// A blocked or failing standard error does not stop the service: lines are then dropped.
pub fn start(log: &LogConfig) -> Log {
    let log_dropped = |dropped| {
        tracing::error!(
            dropped,
            "lines of the log were dropped: standard error did not take them in time"
        );
    };
    let (writer, guard) = LogWriter::spawn(io::stderr(), log_dropped);
    let is_terminal = io::stderr().is_terminal();
    if !is_terminal || log.format != LogFormat::Text {
        // On a terminal, tracing-subscriber adds colours to a text.
        access_log::write_to(writer.clone(), log.format);
    }
    let (filter, handle) = reload::Layer::new(filter(&log.level));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .log_internal_errors(false);
    let lines = match log.format {
        LogFormat::Text => lines
            .fmt_fields(DefaultFields::new())
            .event_format(EventFormat::text(is_terminal))
            .boxed(),
        LogFormat::Json => lines
            .fmt_fields(JsonFields::new())
            .event_format(EventFormat::json())
            .boxed(),
        LogFormat::Oslo => lines
            .fmt_fields(DefaultFields::new())
            .event_format(OsloFormat)
            .boxed(),
    };
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .init();
    panic_hook::install();
    Log {
        filter: handle,
        _guard: guard,
    }
}

//! The log: where it goes, how a line looks, and the one line that every request leaves.

mod fields;
mod lines;
mod request_id;
mod request_log;

use std::backtrace::Backtrace;
use std::io::{self, IsTerminal};
use std::panic::PanicHookInfo;

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
    let tell = |dropped| {
        tracing::error!(
            dropped,
            "lines of the log were dropped: nobody read them in time"
        );
    };
    let (writer, guard) = Lines::to(io::stderr(), tell);
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(writer)
        .log_internal_errors(false);
    match log.format {
        LogFormat::Text => lines
            .fmt_fields(Fields)
            .with_ansi(io::stderr().is_terminal())
            .with_target(false)
            .init(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .init(),
    }
    std::panic::set_hook(Box::new(log_panic));
    guard
}

/// The longest backtrace in the log.
const MAX_BACKTRACE_BYTES: usize = 16 << 10;

/// Logs a panic: what, where, and how it came to it.
fn log_panic(panic: &PanicHookInfo<'_>) {
    // The field `message` is the one of the line.
    let reason = panic.payload_as_str().unwrap_or("no message");
    let place = panic.location().map(ToString::to_string);
    let mut backtrace = Backtrace::force_capture().to_string();
    backtrace.truncate(backtrace.floor_char_boundary(MAX_BACKTRACE_BYTES));
    tracing::error!(reason, place, backtrace, "panic");
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    #[ignore = "is started by the test below as a program of its own"]
    fn a_program_that_panics() {
        let _log = start(&Log {
            format: LogFormat::Json,
            ..Log::default()
        });
        std::panic::catch_unwind(|| panic!("a \"reason\"")).unwrap_err();
    }

    #[test]
    fn a_panic_is_one_line_with_one_message_and_a_backtrace() {
        let mut program = Command::new(std::env::current_exe().unwrap());
        program.args([
            "--exact",
            "telemetry::tests::a_program_that_panics",
            "--ignored",
            "--nocapture",
        ]);
        let output = program.output().unwrap();
        let log = String::from_utf8(output.stderr).unwrap();
        let lines: Vec<_> = log.lines().filter(|line| line.starts_with('{')).collect();
        assert_eq!(lines.len(), 1, "{log}");
        assert_eq!(lines[0].matches("\"message\":").count(), 1, "{log}");
        let line: serde_json::Value = serde_json::from_str(lines[0]).unwrap();
        assert_eq!(
            (&line["message"], &line["reason"]),
            (&"panic".into(), &"a \"reason\"".into())
        );
        assert!(
            line["place"]
                .as_str()
                .unwrap()
                .starts_with("src/telemetry/mod.rs:"),
            "{line}"
        );
        let backtrace = line["backtrace"].as_str().unwrap();
        assert!(
            backtrace.contains("a_program_that_panics") && backtrace.len() <= MAX_BACKTRACE_BYTES,
            "{line}"
        );
    }
}

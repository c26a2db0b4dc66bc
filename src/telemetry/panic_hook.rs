//! Panics in the log: one line with the reason, the place and a backtrace, instead of text on
//! standard error.

use std::backtrace::Backtrace;
use std::panic::PanicHookInfo;

/// Longer backtraces are truncated, in bytes.
const MAX_BACKTRACE_BYTES: usize = 16 << 10;

/// Logs every panic of the process from now on.
pub(super) fn install() {
    std::panic::set_hook(Box::new(log_panic));
}

fn log_panic(panic: &PanicHookInfo<'_>) {
    // The field is not called `message`: that is the text of the line.
    let reason = panic.payload_as_str().unwrap_or("no message");
    let place = panic.location().map(ToString::to_string);
    let mut backtrace = Backtrace::force_capture().to_string();
    backtrace.truncate(backtrace.floor_char_boundary(MAX_BACKTRACE_BYTES));
    tracing::error!(reason, place, backtrace, "panic");
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::super::subscriber::start;
    use super::*;
    use crate::config::{LogConfig, LogFormat};

    #[test]
    #[ignore = "the next test runs it in a process of its own"]
    fn a_program_that_panics() {
        let _log = start(&LogConfig {
            format: LogFormat::Json,
            ..LogConfig::default()
        });
        std::panic::catch_unwind(|| panic!("a \"reason\"")).unwrap_err();
    }

    #[test]
    fn a_panic_is_one_line_with_one_message_and_a_backtrace() {
        let mut program = Command::new(std::env::current_exe().unwrap());
        program.args([
            "--exact",
            "telemetry::panic_hook::tests::a_program_that_panics",
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
                .starts_with("src/telemetry/panic_hook.rs:"),
            "{line}"
        );
        let backtrace = line["backtrace"].as_str().unwrap();
        assert!(
            backtrace.contains("a_program_that_panics") && backtrace.len() <= MAX_BACKTRACE_BYTES,
            "{line}"
        );
    }
}

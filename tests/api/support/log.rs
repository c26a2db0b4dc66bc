//! Captures the log of the current thread.

use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex};

use serde_json::Value;
use tracing::Dispatch;
use tracing::subscriber::{DefaultGuard, NoSubscriber};

/// With a single subscriber, `tracing` caches for all threads whether the thread that reaches a log
/// line first is interested in it. A second subscriber makes it check on each thread.
static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::new()));

/// Captures log lines until it is dropped.
pub struct Log {
    captured: Captured,
    _guard: DefaultGuard,
}

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    pub fn start() -> Self {
        LazyLock::force(&SECOND);
        let captured = Captured::default();
        let writer = captured.clone();
        let lines = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_writer(move || writer.clone());
        Self {
            captured,
            _guard: tracing::subscriber::set_default(lines.finish()),
        }
    }

    /// The lines with the message `request`.
    pub fn requests(&self) -> Vec<Value> {
        let mut lines = self.lines();
        lines.retain(|line| line["message"] == "request");
        lines
    }

    /// The messages of this level.
    pub fn messages(&self, level: &str) -> Vec<String> {
        let mut lines = self.lines();
        lines.retain(|line| line["level"] == level);
        let message = |line: &Value| line["message"].as_str().unwrap().to_owned();
        lines.iter().map(message).collect()
    }

    pub fn lines(&self) -> Vec<Value> {
        let text = String::from_utf8(self.captured.0.lock().unwrap().clone()).unwrap();
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

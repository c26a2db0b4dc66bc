//! Signals of the process: some shut the service down, the others are logged and ignored.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::info;

/// Handlers of the signals whose default action would terminate the process at once.
#[derive(Debug)]
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    hangup: Signal,
    user_1: Signal,
    user_2: Signal,
}

impl Signals {
    /// Installs the handlers: from now on, none of these signals terminates the process by itself.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hangup: signal(SignalKind::hangup())?,
            user_1: signal(SignalKind::user_defined1())?,
            user_2: signal(SignalKind::user_defined2())?,
        })
    }

    /// Waits for a signal that shuts the service down: SIGTERM, SIGINT or SIGQUIT.
    ///
    /// SIGHUP, SIGUSR1 and SIGUSR2, which log rotation and closing terminals send, are logged and
    /// ignored.
    pub(super) async fn wait_for_shutdown(&mut self) {
        loop {
            let signal = tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.quit.recv() => return,
                _ = self.hangup.recv() => "SIGHUP",
                _ = self.user_1.recv() => "SIGUSR1",
                _ = self.user_2.recv() => "SIGUSR2",
            };
            info!(signal, "signal ignored");
        }
    }
}

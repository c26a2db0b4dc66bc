//! Signals of the process: some shut the service down, one reloads its configuration, the others
//! are logged and ignored.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::info;

/// What a signal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignalAction {
    /// SIGTERM, SIGINT or SIGQUIT: to shut the service down.
    Shutdown,
    /// SIGHUP: to take over the configuration file as it is now.
    Reload,
}

/// Handlers of the signals whose default action would terminate the process at once.
#[derive(Debug)]
pub(super) struct Signals {
    shutdown: ShutdownSignals,
    hangup: Signal,
    user_1: Signal,
    user_2: Signal,
}

/// SIGTERM, SIGINT and SIGQUIT.
#[derive(Debug)]
struct ShutdownSignals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
}

impl ShutdownSignals {
    async fn recv(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.quit.recv() => {}
        }
    }
}

impl Signals {
    /// Installs the handlers: from now on, none of these signals terminates the process by itself.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            shutdown: ShutdownSignals {
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
                quit: signal(SignalKind::quit())?,
            },
            hangup: signal(SignalKind::hangup())?,
            user_1: signal(SignalKind::user_defined1())?,
            user_2: signal(SignalKind::user_defined2())?,
        })
    }

    /// Waits for a signal that asks for something.
    ///
    /// SIGUSR1 and SIGUSR2, which log rotation sends, are logged and ignored.
    pub(super) async fn wait(&mut self) -> SignalAction {
        loop {
            let signal = tokio::select! {
                () = self.shutdown.recv() => return SignalAction::Shutdown,
                _ = self.hangup.recv() => return SignalAction::Reload,
                _ = self.user_1.recv() => "SIGUSR1",
                _ = self.user_2.recv() => "SIGUSR2",
            };
            info!(signal, "signal ignored");
        }
    }

    /// Waits for a signal that shuts the service down, and leaves every other one for
    /// [`Self::wait`].
    pub(super) async fn wait_for_shutdown_alone(&mut self) {
        self.shutdown.recv().await;
    }

    /// Waits for a signal that shuts the service down. Every other one is ignored.
    pub(super) async fn wait_for_shutdown(&mut self) {
        while self.wait().await == SignalAction::Reload {
            info!(signal = "SIGHUP", "signal ignored");
        }
    }
}

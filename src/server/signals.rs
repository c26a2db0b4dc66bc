//! The signals of the process: which of them stop the service, and which only leave a line in the log.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing::info;

/// The signals that would otherwise end the process at once.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    quit: Signal,
    hangup: Signal,
    user_1: Signal,
    user_2: Signal,
}

impl Signals {
    /// Takes over the signals: from here on, none of them ends the process by itself.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hangup: signal(SignalKind::hangup())?,
            user_1: signal(SignalKind::user_defined1())?,
            user_2: signal(SignalKind::user_defined2())?,
        })
    }

    /// Waits for a signal that stops the service: SIGTERM, SIGINT or SIGQUIT.
    ///
    /// SIGHUP, SIGUSR1 and SIGUSR2, which log rotation and closed terminals send, mean nothing to the service.
    pub async fn stop(&mut self) {
        loop {
            let signal = tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.quit.recv() => return,
                _ = self.hangup.recv() => "SIGHUP",
                _ = self.user_1.recv() => "SIGUSR1",
                _ = self.user_2.recv() => "SIGUSR2",
            };
            info!(signal, "this signal does nothing here");
        }
    }
}

//! What becomes of an `accept` that failed: some errors are those of one connection, others mean that none can be accepted.

use std::io::{Error, ErrorKind};
use std::time::{Duration, Instant};

use tracing::{debug, warn};

/// How long to wait when no connection can be accepted, as when all file descriptors are in use.
const PAUSE: Duration = Duration::from_millis(100);

/// How often to warn of it.
const WARN_EVERY: Duration = Duration::from_secs(10);

/// Remembers when it last warned.
#[derive(Debug, Default)]
pub(super) struct Failures {
    warned: Option<Instant>,
    since: u64,
}

impl Failures {
    /// Waits as long as `error` asks for, which is not at all where only one connection was lost.
    pub(super) async fn handle(&mut self, error: Error) {
        if is_of_one_connection(&error) {
            debug!(%error, "a connection was gone before it was accepted");
            return;
        }
        if let Some(since) = self.report(Instant::now()) {
            warn!(%error, since_last_warning = since, "no connection can be accepted");
        }
        tokio::time::sleep(PAUSE).await;
    }

    /// Counts a failure at the time `now`. If it is time to warn again, says how many there were since the last warning.
    fn report(&mut self, now: Instant) -> Option<u64> {
        self.since += 1;
        if self
            .warned
            .is_some_and(|warned| now.duration_since(warned) < WARN_EVERY)
        {
            return None;
        }
        self.warned = Some(now);
        Some(std::mem::take(&mut self.since))
    }
}

/// Whether an error is that of the connection that was to be accepted. accept(2) lists them: what came over the network is
/// passed on, and a firewall may forbid one connection (`EPERM`). The others, such as `EMFILE` and `ENOMEM`, last.
fn is_of_one_connection(error: &Error) -> bool {
    /// `ENONET`, `EPROTO`, `ENOPROTOOPT`, `EOPNOTSUPP` and `EHOSTDOWN` of Linux, for which there are no kinds.
    const OTHERS: [i32; 5] = [64, 71, 92, 95, 112];
    let is_other = cfg!(target_os = "linux")
        && error
            .raw_os_error()
            .is_some_and(|number| OTHERS.contains(&number));
    is_other
        || matches!(
            error.kind(),
            ErrorKind::ConnectionAborted
                | ErrorKind::ConnectionRefused
                | ErrorKind::ConnectionReset
                | ErrorKind::HostUnreachable
                | ErrorKind::Interrupted
                | ErrorKind::NetworkDown
                | ErrorKind::NetworkUnreachable
                | ErrorKind::PermissionDenied
                | ErrorKind::TimedOut
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn the_errors_of_one_connection_are_told_from_those_that_last() {
        let is_of_one = |number| is_of_one_connection(&Error::from_raw_os_error(number));
        // EPERM, EINTR, EPROTO, ENETDOWN, ECONNABORTED, ECONNRESET, EHOSTDOWN, EHOSTUNREACH
        for number in [1, 4, 71, 100, 103, 104, 112, 113] {
            assert!(is_of_one(number), "{number}");
        }
        // EBADF, ENOMEM, ENFILE, EMFILE, ENOBUFS
        for number in [9, 12, 23, 24, 105] {
            assert!(!is_of_one(number), "{number}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_an_error_that_lasts_pauses() {
        let started = tokio::time::Instant::now();
        let mut failures = Failures::default();
        failures.handle(ErrorKind::ConnectionAborted.into()).await;
        assert_eq!(started.elapsed(), Duration::ZERO);
        failures.handle(ErrorKind::OutOfMemory.into()).await;
        assert_eq!(started.elapsed(), PAUSE);
    }

    #[test]
    fn a_warning_comes_at_most_every_ten_seconds_and_counts_what_was_not_said() {
        let (mut failures, start) = (Failures::default(), Instant::now());
        let reports =
            [0, 1, 9, 10, 25].map(|second| failures.report(start + Duration::from_secs(second)));
        assert_eq!(reports, [Some(1), None, None, Some(3), Some(1)]);
    }
}

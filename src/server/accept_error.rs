//! Errors of `accept`: an error of a single connection is skipped; any other means that no
//! connection can be accepted, so the server backs off.

use std::io::{Error, ErrorKind};
use std::time::{Duration, Instant};

use tracing::{debug, warn};

/// Time to the next `accept` when none can succeed, as when all file descriptors are in use.
const BACKOFF: Duration = Duration::from_millis(100);

/// Minimum time between two warnings.
const WARNING_INTERVAL: Duration = Duration::from_secs(10);

/// Handles the errors of one listener, and limits the rate of warnings.
#[derive(Debug, Default)]
pub(super) struct AcceptErrors {
    warned_at: Option<Instant>,
    since_warning: u64,
}

impl AcceptErrors {
    /// Logs `error`, and backs off unless it concerns a single connection.
    pub(super) async fn handle(&mut self, error: Error) {
        if is_of_one_connection(&error) {
            debug!(%error, "a connection failed before it was accepted");
            return;
        }
        if let Some(count) = self.count(Instant::now()) {
            warn!(%error, since_last_warning = count, "no connection can be accepted");
        }
        tokio::time::sleep(BACKOFF).await;
    }

    /// Counts an error at the time `now`. Returns the count since the last warning if another
    /// warning is due.
    fn count(&mut self, now: Instant) -> Option<u64> {
        self.since_warning += 1;
        if self
            .warned_at
            .is_some_and(|warned_at| now.duration_since(warned_at) < WARNING_INTERVAL)
        {
            return None;
        }
        self.warned_at = Some(now);
        Some(std::mem::take(&mut self.since_warning))
    }
}

/// Whether an error concerns only the connection that was about to be accepted.
///
/// accept(2) lists these: Linux passes pending network errors on, and a firewall may forbid one
/// connection (`EPERM`). Other errors persist, such as `EMFILE` and `ENOMEM`.
fn is_of_one_connection(error: &Error) -> bool {
    /// `ENONET`, `EPROTO`, `ENOPROTOOPT`, `EOPNOTSUPP` and `EHOSTDOWN` on Linux, which
    /// [`ErrorKind`] does not have.
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
    fn errors_of_one_connection_are_distinguished_from_persistent_ones() {
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
    async fn only_a_persistent_error_backs_off() {
        let started = tokio::time::Instant::now();
        let mut errors = AcceptErrors::default();
        errors.handle(ErrorKind::ConnectionAborted.into()).await;
        assert_eq!(started.elapsed(), Duration::ZERO);
        errors.handle(ErrorKind::OutOfMemory.into()).await;
        assert_eq!(started.elapsed(), BACKOFF);
    }

    #[test]
    fn warnings_are_ten_seconds_apart_and_count_the_errors_between_them() {
        let (mut errors, start) = (AcceptErrors::default(), Instant::now());
        let counts =
            [0, 1, 9, 10, 25].map(|second| errors.count(start + Duration::from_secs(second)));
        assert_eq!(counts, [Some(1), None, None, Some(3), Some(1)]);
    }
}

//! What the authenticator counts: look-ups in the cache, requests to Keystone, waits and refusals.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The state of the authenticator, and what it has counted since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeystoneStatistics {
    /// Look-ups in the cache.
    pub lookups: LookupCounts,
    /// Valid tokens in the cache, about: expired ones count until they are evicted.
    pub cached_tokens: u64,
    /// HTTP requests to Keystone, those of logins and retries included.
    pub requests: RequestCounts,
    /// How long these requests took.
    pub durations: RequestDurations,
    /// Validations in progress.
    pub running: usize,
    /// Validations that wait for a permit.
    pub waiting: usize,
    /// Validations that had to wait for a permit.
    pub waits: u64,
    /// Validations that were refused without asking Keystone: no permit came in time, too many
    /// waited already, or Keystone hangs.
    pub refusals: u64,
}

/// Look-ups in the cache by their outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LookupCounts {
    /// The token was there as valid.
    pub valid: u64,
    /// The token was there as invalid.
    pub invalid: u64,
    /// The token was not there.
    pub missing: u64,
}

/// HTTP requests to Keystone by their outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestCounts {
    /// Keystone did what it was asked for. It may have said that the token is not valid.
    pub answered: u64,
    /// Keystone refused the service's own login, its token, or its right to validate tokens.
    pub refused: u64,
    /// Another status, or an answer that is not understood.
    pub failed: u64,
    /// The answer did not come in time.
    pub timed_out: u64,
    /// The connection failed.
    pub unreachable: u64,
    /// Nobody waited for the answer any more.
    pub cancelled: u64,
}

/// How long HTTP requests to Keystone took, answered or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestDurations {
    /// The time that all of them took together.
    pub sum: Duration,
    /// How many took up to each of [`Self::BOUNDS`] and longer than the one before. The last number
    /// is of those that took longer than all.
    pub counts: [u64; Self::BOUNDS.len() + 1],
}

impl RequestDurations {
    /// The upper bounds of the buckets, up to more than `http_connect_timeout`, which is 5 seconds
    /// by default.
    pub const BOUNDS: [Duration; 12] = [
        Duration::from_millis(5),
        Duration::from_millis(10),
        Duration::from_millis(25),
        Duration::from_millis(50),
        Duration::from_millis(100),
        Duration::from_millis(250),
        Duration::from_millis(500),
        Duration::from_secs(1),
        Duration::from_millis(2500),
        Duration::from_secs(5),
        Duration::from_secs(10),
        Duration::from_secs(30),
    ];
}

/// The outcome of one HTTP request.
#[derive(Clone, Copy, Debug)]
pub(super) enum RequestOutcome {
    Answered,
    Refused,
    Failed,
    TimedOut,
    Unreachable,
    Cancelled,
}

/// Counts the HTTP requests.
#[derive(Debug, Default)]
pub(super) struct RequestCounter {
    outcomes: [AtomicU64; 6],
    nanoseconds: AtomicU64,
    durations: [AtomicU64; RequestDurations::BOUNDS.len() + 1],
}

impl RequestCounter {
    pub(super) fn count(&self, outcome: RequestOutcome, time: Duration) {
        self.outcomes[outcome as usize].fetch_add(1, Ordering::Relaxed);
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
        let bucket = RequestDurations::BOUNDS.partition_point(|bound| *bound < time);
        self.durations[bucket].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn counts(&self) -> RequestCounts {
        let count = |outcome| self.outcomes[outcome as usize].load(Ordering::Relaxed);
        RequestCounts {
            answered: count(RequestOutcome::Answered),
            refused: count(RequestOutcome::Refused),
            failed: count(RequestOutcome::Failed),
            timed_out: count(RequestOutcome::TimedOut),
            unreachable: count(RequestOutcome::Unreachable),
            cancelled: count(RequestOutcome::Cancelled),
        }
    }

    pub(super) fn durations(&self) -> RequestDurations {
        let count = |bucket: &AtomicU64| bucket.load(Ordering::Relaxed);
        RequestDurations {
            sum: Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed)),
            counts: self.durations.each_ref().map(count),
        }
    }
}

/// Counts the look-ups.
#[derive(Debug, Default)]
pub(super) struct LookupCounter {
    pub(super) valid: AtomicU64,
    pub(super) invalid: AtomicU64,
    pub(super) missing: AtomicU64,
}

impl LookupCounter {
    pub(super) fn counts(&self) -> LookupCounts {
        LookupCounts {
            valid: self.valid.load(Ordering::Relaxed),
            invalid: self.invalid.load(Ordering::Relaxed),
            missing: self.missing.load(Ordering::Relaxed),
        }
    }
}

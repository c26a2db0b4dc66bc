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
    /// How long all of these requests took together.
    pub request_time: Duration,
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
    /// Keystone answered. The answer may be that the token is not valid.
    pub answered: u64,
    /// Keystone answered with an error of its own (5xx), 429, or something unreadable.
    pub failed: u64,
    /// The answer did not come in time.
    pub timed_out: u64,
    /// The connection failed.
    pub unreachable: u64,
}

/// The outcome of one HTTP request.
#[derive(Clone, Copy, Debug)]
pub(super) enum RequestOutcome {
    Answered,
    Failed,
    TimedOut,
    Unreachable,
}

/// Counts the HTTP requests.
#[derive(Debug, Default)]
pub(super) struct RequestCounter {
    outcomes: [AtomicU64; 4],
    nanoseconds: AtomicU64,
}

impl RequestCounter {
    pub(super) fn count(&self, outcome: RequestOutcome, time: Duration) {
        self.outcomes[outcome as usize].fetch_add(1, Ordering::Relaxed);
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    pub(super) fn counts(&self) -> RequestCounts {
        let count = |outcome| self.outcomes[outcome as usize].load(Ordering::Relaxed);
        RequestCounts {
            answered: count(RequestOutcome::Answered),
            failed: count(RequestOutcome::Failed),
            timed_out: count(RequestOutcome::TimedOut),
            unreachable: count(RequestOutcome::Unreachable),
        }
    }

    /// How long all requests took together.
    pub(super) fn time(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed))
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

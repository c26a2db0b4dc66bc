//! Retries with random, growing back-off.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::drivers::{Database, SqlError};
use crate::store::error::StoreError;
use crate::store::statistics::RetryCounts;

/// After this many failed attempts, lock the row instead of comparing revisions.
const LOCK_AFTER_ATTEMPTS: u32 = 3;

/// After this many failed attempts, give up and report [`StoreError::Unavailable`].
const MAX_ATTEMPTS: u32 = 10;

/// The same, if the last attempt failed because another write came first: the database works. On a
/// cluster, where a write may learn of others only when it commits, the writes of one exclusive tag
/// often do. The time-out of the operation comes first if the attempts are slow.
const MAX_CONFLICTS: u32 = 60;

/// Counts the retries of all operations.
#[derive(Debug, Default)]
pub(super) struct RetryCounter {
    conflicts: AtomicU64,
    connections: AtomicU64,
}

impl RetryCounter {
    pub(super) fn counts(&self) -> RetryCounts {
        RetryCounts {
            conflicts: self.conflicts.load(Ordering::Relaxed),
            connections: self.connections.load(Ordering::Relaxed),
        }
    }
}

/// The attempts at one operation.
#[derive(Debug)]
pub(super) struct Retry<'a> {
    database: &'a Database,
    counter: &'a RetryCounter,
    failed_attempts: u32,
}

impl<'a> Retry<'a> {
    pub(super) fn new(database: &'a Database, counter: &'a RetryCounter) -> Self {
        Self {
            database,
            counter,
            failed_attempts: 0,
        }
    }

    /// Whether the next attempt has to lock the row, and so keeps other writers waiting.
    pub(super) fn should_lock(&self) -> bool {
        self.failed_attempts >= LOCK_AFTER_ATTEMPTS
    }

    /// Counts a failed attempt and waits before the next one. Returns an error if there shall be no
    /// next attempt.
    pub(super) async fn back_off(&mut self, error: SqlError) -> Result<(), StoreError> {
        self.failed_attempts += 1;
        let max_attempts = match error {
            SqlError::Conflict(_) => MAX_CONFLICTS,
            _ => MAX_ATTEMPTS,
        };
        match error {
            SqlError::Conflict(_) | SqlError::Lost(_) | SqlError::Unusable(_)
                if self.failed_attempts < max_attempts =>
            {
                let counter = if error.broke_the_connection() {
                    // The idle connections lead to the same server.
                    self.database.close_idle();
                    &self.counter.connections
                } else {
                    &self.counter.conflicts
                };
                counter.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(backoff(self.failed_attempts)).await;
                Ok(())
            }
            error => Err(error.into()),
        }
    }
}

/// A random time below a bound that doubles with each failed attempt, from 2 ms to 64 ms. It is
/// random so that writers that collided do not collide again.
fn backoff(failed_attempts: u32) -> Duration {
    let bound = 1_000_u32 << failed_attempts.min(6);
    Duration::from_micros(u64::from(getrandom::u32().unwrap_or_default() % bound))
}

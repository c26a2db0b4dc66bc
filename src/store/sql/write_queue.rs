//! The queue of this process's writers, for an engine with one writer at a time: SQLite.
//!
//! Writers of this process queue here, in order and without holding a connection. The writer at the
//! head competes with other processes for the lock of the database. As long as any process writes,
//! the queue waits. If none does, the holder of the lock is stuck, and the waiting writers fail
//! soon instead of at their own time-outs.

use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;

use super::error::SqlError;

/// How long a writer waits while no process makes progress.
const STALL_TIMEOUT: Duration = Duration::from_millis(1250);

/// A writer that has waited for longer than this without any progress does not go on to wait for
/// the lock of the database too.
const MAX_WAIT_WITHOUT_PROGRESS: Duration = Duration::from_millis(300);

/// The queue of the writers of this process.
#[derive(Debug)]
pub(super) struct WriteQueue {
    queue: Mutex<()>,
    /// When a writer of this process last saw any process write.
    last_progress: std::sync::Mutex<Instant>,
}

/// The right to write, until it is dropped.
#[derive(Debug)]
pub(super) struct WritePermit<'a> {
    queue: &'a WriteQueue,
    _guard: MutexGuard<'a, ()>,
}

impl Default for WriteQueue {
    fn default() -> Self {
        Self {
            queue: Mutex::default(),
            last_progress: std::sync::Mutex::new(Instant::now()),
        }
    }
}

impl WriteQueue {
    /// The permit, if it is free.
    pub(super) fn try_acquire(&self) -> Option<WritePermit<'_>> {
        Some(WritePermit {
            _guard: self.queue.try_lock().ok()?,
            queue: self,
        })
    }

    /// Waits for the permit, behind the writers that came before. Fails when progress stalls.
    pub(super) async fn acquire(&self) -> Result<WritePermit<'_>, SqlError> {
        let since = Instant::now();
        let mut lock = std::pin::pin!(self.queue.lock());
        loop {
            let stalled_at = self.last_progress().max(since) + STALL_TIMEOUT;
            tokio::select! {
                guard = &mut lock => {
                    let is_late = since.elapsed() > MAX_WAIT_WITHOUT_PROGRESS;
                    return if is_late && self.last_progress() < since {
                        Err(SqlError::stalled())
                    } else {
                        Ok(WritePermit { queue: self, _guard: guard })
                    };
                }
                () = tokio::time::sleep_until(stalled_at) => {
                    if self.last_progress().max(since) + STALL_TIMEOUT <= Instant::now() {
                        return Err(SqlError::stalled());
                    }
                }
            }
        }
    }

    fn last_progress(&self) -> Instant {
        *self
            .last_progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl WritePermit<'_> {
    /// Records that a process has written, or that the lock of the database could be acquired: the
    /// queued writers go on waiting.
    pub(super) fn note_progress(&self) {
        *self
            .queue
            .last_progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn writers_wait_while_progress_is_made() {
        let queue = WriteQueue::default();
        let first = queue.try_acquire().unwrap();
        let writing = async {
            for _ in 0..5 {
                tokio::time::sleep(STALL_TIMEOUT * 9 / 10).await;
                *queue.last_progress.lock().unwrap() = Instant::now();
            }
            first.note_progress();
            drop(first);
        };
        let since = Instant::now();
        assert!(tokio::join!(queue.acquire(), writing).0.is_ok());
        assert!(since.elapsed() > 4 * STALL_TIMEOUT);
    }

    #[tokio::test(start_paused = true)]
    async fn writers_fail_early_behind_a_writer_that_is_stuck() {
        let queue = WriteQueue::default();
        let stuck = queue.try_acquire().unwrap();
        let since = Instant::now();
        assert!(queue.acquire().await.is_err());
        assert_eq!(since.elapsed(), STALL_TIMEOUT);

        let releasing = async {
            tokio::time::sleep(MAX_WAIT_WITHOUT_PROGRESS + Duration::from_millis(1)).await;
            drop(stuck);
        };
        assert!(
            tokio::join!(queue.acquire(), releasing).0.is_err(),
            "the permit came too late, and without progress"
        );
        assert!(queue.acquire().await.is_ok());
    }
}

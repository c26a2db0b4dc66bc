//! The queue of this process's writers for what only one of them may use at a time.
//!
//! Writers queue here in order. The writer at the head competes with other processes for the lock
//! of the database. As long as any process writes, the queue waits. If none does, the holder of the
//! lock is stuck, and the waiting writers fail soon instead of at their own time-outs.

use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;

use crate::store::sql::drivers::error::SqlError;

/// How long a writer waits while no process makes progress.
const STALL_TIMEOUT: Duration = Duration::from_millis(1250);

/// A writer that has waited for longer than this without any progress does not go on to wait for
/// the lock of the database too.
const MAX_QUEUED_WITHOUT_PROGRESS: Duration = Duration::from_millis(300);

/// The queue of the writers of this process.
#[derive(Debug)]
pub(super) struct WriteQueue<T> {
    queue: Mutex<T>,
    /// When a writer of this process last saw any process write.
    last_progress: std::sync::Mutex<Instant>,
}

impl<T: Default> Default for WriteQueue<T> {
    fn default() -> Self {
        Self {
            queue: Mutex::default(),
            last_progress: std::sync::Mutex::new(Instant::now()),
        }
    }
}

impl<T> WriteQueue<T> {
    /// Waits for the turn on a thread that may block.
    pub(super) fn acquire_blocking(&self) -> MutexGuard<'_, T> {
        self.queue.blocking_lock()
    }

    /// Waits for the turn, behind the writers that came before. Fails when progress stalls.
    pub(super) async fn acquire(&self) -> Result<MutexGuard<'_, T>, SqlError> {
        let since = Instant::now();
        let mut lock = std::pin::pin!(self.queue.lock());
        loop {
            let stalled_at = self.last_progress().max(since) + STALL_TIMEOUT;
            tokio::select! {
                guard = &mut lock => {
                    let is_late = since.elapsed() > MAX_QUEUED_WITHOUT_PROGRESS;
                    return if is_late && self.last_progress() < since {
                        Err(SqlError::stalled())
                    } else {
                        Ok(guard)
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

    /// Records that a process has written, or that the lock of the database could be acquired: the
    /// queued writers go on waiting.
    pub(super) fn note_progress(&self) {
        *self
            .last_progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn last_progress(&self) -> Instant {
        *self
            .last_progress
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn writers_wait_while_progress_is_made() {
        let queue = WriteQueue::<()>::default();
        let first = queue.acquire().await.unwrap();
        let writing = async {
            for _ in 0..5 {
                tokio::time::sleep(STALL_TIMEOUT * 9 / 10).await;
                *queue.last_progress.lock().unwrap() = Instant::now();
            }
            queue.note_progress();
            drop(first);
        };
        let since = Instant::now();
        assert!(tokio::join!(queue.acquire(), writing).0.is_ok());
        assert!(since.elapsed() > 4 * STALL_TIMEOUT);
    }

    #[tokio::test(start_paused = true)]
    async fn writers_fail_early_behind_a_writer_that_is_stuck() {
        let queue = WriteQueue::<()>::default();
        let stuck = queue.acquire().await.unwrap();
        let since = Instant::now();
        assert!(queue.acquire().await.is_err());
        assert_eq!(since.elapsed(), STALL_TIMEOUT);

        let releasing = async {
            tokio::time::sleep(MAX_QUEUED_WITHOUT_PROGRESS + Duration::from_millis(1)).await;
            drop(stuck);
        };
        assert!(
            tokio::join!(queue.acquire(), releasing).0.is_err(),
            "the turn came too late, and without progress"
        );
        assert!(queue.acquire().await.is_ok());
    }
}

//! One writer at a time, for an engine that has no more: SQLite.
//!
//! Within this process writers queue here, in order and without a connection. Other processes hold a lock of the database,
//! for which the first of the queue asks again and again. As long as something is written, whoever wrote it, the others
//! wait; if nothing is, somebody is stuck, and they learn so soon instead of when their time is up.

use std::sync::PoisonError;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;

use super::fault::Fault;
use super::pool::Connection;
use super::read;

/// How long the engine itself waits for the lock of the database before it says that it is busy.
pub(super) const BUSY: Duration = Duration::from_millis(250);

/// How often the lock is asked for before it counts whether anything has been written meanwhile.
const ATTEMPTS: u32 = 4;

/// How long a writer waits while nothing is written.
const STUCK: Duration = Duration::from_millis(1250);

/// After so long a wait in which nothing was written, a writer does not begin to wait for the lock of the database too.
const LATE: Duration = Duration::from_millis(300);

/// The queue of the writers of this process.
#[derive(Debug)]
pub(super) struct Writer {
    queue: Mutex<()>,
    /// When anybody, as far as one of them knows, has written something last.
    written: std::sync::Mutex<Instant>,
}

/// The right to write.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    writer: &'a Writer,
    _guard: MutexGuard<'a, ()>,
}

impl Default for Writer {
    fn default() -> Self {
        Self {
            queue: Mutex::default(),
            written: std::sync::Mutex::new(Instant::now()),
        }
    }
}

impl Writer {
    /// The right to write, if nobody has it.
    pub(super) fn try_turn(&self) -> Option<Turn<'_>> {
        Some(Turn {
            _guard: self.queue.try_lock().ok()?,
            writer: self,
        })
    }

    /// The right to write, when those who came before have written.
    pub(super) async fn turn(&self) -> Result<Turn<'_>, Fault> {
        let since = Instant::now();
        let mut turn = std::pin::pin!(self.queue.lock());
        loop {
            let stuck_at = self.written().max(since) + STUCK;
            tokio::select! {
                guard = &mut turn => {
                    return if since.elapsed() > LATE && self.written() < since {
                        Err(stuck())
                    } else {
                        Ok(Turn { writer: self, _guard: guard })
                    };
                }
                () = tokio::time::sleep_until(stuck_at) => {
                    if self.written().max(since) + STUCK <= Instant::now() {
                        return Err(stuck());
                    }
                }
            }
        }
    }

    fn written(&self) -> Instant {
        *self.written.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn<'_> {
    /// Notes that something has been written, or that the lock of the database could be had.
    pub(super) fn moves(&self) {
        *self
            .writer
            .written
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }
}

/// Begins a transaction that will write when the engine has just said that another process writes. Tells `moves` when that
/// process, or a third one, has written something.
pub(super) async fn begin_behind_another_process(
    connection: &mut Connection<'_>,
    moves: impl Fn(),
) -> Result<(), Fault> {
    loop {
        let before = version(connection).await?;
        for _ in 0..ATTEMPTS {
            match connection.try_begin().await {
                Err(Fault::Conflict(_)) => {}
                outcome => return outcome,
            }
        }
        if version(connection).await? == before {
            return Err(stuck());
        }
        moves();
    }
}

/// A number that moves when another connection has written something.
async fn version(connection: &mut Connection<'_>) -> Result<i64, Fault> {
    read::only_number(&connection.rows("PRAGMA data_version".into()).await?)
}

fn stuck() -> Fault {
    Fault::Unavailable(
        "nothing is written: somebody holds the lock of the database, or all connections".into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn writers_wait_as_long_as_something_is_written() {
        let writer = Writer::default();
        let first = writer.try_turn().unwrap();
        let writing = async {
            for _ in 0..5 {
                tokio::time::sleep(STUCK * 9 / 10).await;
                *writer.written.lock().unwrap() = Instant::now();
            }
            first.moves();
            drop(first);
        };
        let since = Instant::now();
        assert!(tokio::join!(writer.turn(), writing).0.is_ok());
        assert!(since.elapsed() > 4 * STUCK);
    }

    #[tokio::test(start_paused = true)]
    async fn writers_do_not_wait_for_one_that_is_stuck() {
        let writer = Writer::default();
        let stuck = writer.try_turn().unwrap();
        let since = Instant::now();
        assert!(writer.turn().await.is_err());
        assert_eq!(since.elapsed(), STUCK);

        let releasing = async {
            tokio::time::sleep(LATE + Duration::from_millis(1)).await;
            drop(stuck);
        };
        assert!(
            tokio::join!(writer.turn(), releasing).0.is_err(),
            "the first one gave up"
        );
        assert!(writer.turn().await.is_ok());
    }
}

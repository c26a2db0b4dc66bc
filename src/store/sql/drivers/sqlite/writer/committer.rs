//! The thread that commits.
//!
//! A commit waits for the disk, and takes as long for many changes as for one. So writers add their
//! changes to one transaction, one writer after the other, each in a savepoint. When its turn in
//! the queue comes, the thread commits the transaction, and the writers of that group answer.
//! Meanwhile the next group queues up.

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use tokio::sync::MutexGuard;

use super::group::Group;
use super::write_queue::WriteQueue;
use crate::store::sql::drivers::error::SqlError;

/// The queue of the writers, and the thread that commits what they have added.
#[derive(Debug, Default)]
pub(super) struct Committer {
    queue: Arc<WriteQueue<Group>>,
    /// Wakes the thread, which ends when this is dropped.
    thread: Mutex<Option<mpsc::Sender<()>>>,
}

impl Committer {
    /// Waits for the transaction, behind the writers that came before. Fails when progress stalls.
    pub(super) async fn acquire(&self) -> Result<MutexGuard<'_, Group>, SqlError> {
        self.queue.acquire().await
    }

    /// Records that this process, or another one, has written.
    pub(super) fn note_progress(&self) {
        self.queue.note_progress();
    }

    /// Has the thread commit what the writers have added, when its turn in the queue comes.
    pub(super) fn request_commit(&self) -> Result<(), SqlError> {
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if thread.as_ref().is_some_and(|wake| wake.send(()).is_ok()) {
            return Ok(());
        }
        let (wake, requests) = mpsc::channel();
        let queue = Arc::clone(&self.queue);
        thread::Builder::new()
            .name("sqlite-commit".to_owned())
            .spawn(move || commit_on_request(&queue, &requests))
            .map_err(|error| SqlError::Unavailable(error.into()))?;
        // The new thread has the other end.
        let _ = wake.send(());
        *thread = Some(wake);
        Ok(())
    }
}

/// What the thread does until the committer is dropped.
fn commit_on_request(queue: &WriteQueue<Group>, requests: &mpsc::Receiver<()>) {
    while requests.recv().is_ok() {
        let mut group = queue.acquire_blocking();
        if group.commit() {
            // The next writer, which may have waited for long, looks at it when it has the group.
            queue.note_progress();
        }
    }
}

//! The semaphore: acquires permits with a timeout and releases them on drop.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use super::queue_key::QueueKey;
use super::scheduler::Scheduler;

/// A semaphore that shares its permits fairly between clients.
#[derive(Debug, Default)]
pub(in crate::auth::keystone) struct FairSemaphore(Mutex<Scheduler>);

/// A permit, or the position in a queue until the permit is granted. Dropping it releases the
/// permit or leaves the queue.
#[derive(Debug)]
pub(in crate::auth::keystone) struct Permit {
    semaphore: Arc<FairSemaphore>,
    key: QueueKey,
    ticket: u64,
}

impl FairSemaphore {
    /// Acquires a permit when it is the turn of the queue `key`. Returns `None` if that takes
    /// longer than `timeout`, or at once if too many wait already.
    pub(in crate::auth::keystone) async fn acquire(
        self: &Arc<Self>,
        key: QueueKey,
        timeout: Duration,
    ) -> Option<Permit> {
        let (permit, granted) = self.enqueue(key)?;
        tokio::time::timeout(timeout, granted).await.ok()?.ok()?;
        Some(permit)
    }

    /// Number of permits that are held.
    pub(in crate::auth::keystone) fn held(&self) -> usize {
        self.scheduler().held()
    }

    /// Number of waiters.
    pub(in crate::auth::keystone) fn waiting(&self) -> usize {
        self.scheduler().waiting()
    }

    /// How many times a permit was not granted at once.
    pub(in crate::auth::keystone) fn waits(&self) -> u64 {
        self.scheduler().waits()
    }

    /// Enters the queue `key`. The receiver is notified when the permit is granted.
    pub(super) fn enqueue(
        self: &Arc<Self>,
        key: QueueKey,
    ) -> Option<(Permit, oneshot::Receiver<()>)> {
        let (ticket, granted) = self.scheduler().enqueue(key)?;
        let permit = Permit {
            semaphore: Arc::clone(self),
            key,
            ticket,
        };
        Some((permit, granted))
    }

    pub(super) fn scheduler(&self) -> MutexGuard<'_, Scheduler> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.semaphore.scheduler().release(self.key, self.ticket);
    }
}

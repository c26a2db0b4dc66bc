//! Decides which waiter gets the next permit.

use std::collections::{HashMap, VecDeque};

use tokio::sync::oneshot;

use super::queue_key::QueueKey;

/// Number of permits: tokens that may be validated at once.
pub(super) const MAX_PERMITS: usize = 32;

/// Number of permits that only tokens which were valid before may hold.
pub(super) const RESERVED_PERMITS: usize = 8;

/// A queue gets another permit while it holds fewer than this many times the free permits. A queue
/// without competitors thus gets three quarters of them.
const SHARE_FACTOR: usize = 3;

/// Maximum number of waiters in one queue. Further requests are rejected at once.
pub(super) const MAX_WAITERS_PER_QUEUE: usize = 1024;

/// Maximum number of waiters in all queues together. Further requests are rejected at once.
pub(super) const MAX_WAITERS: usize = 8192;

/// The queues and the permits that they hold.
#[derive(Debug, Default)]
pub(super) struct Scheduler {
    pub(super) queues: HashMap<QueueKey, Queue>,
    /// The queues with waiters, in the order of their turns: those of new tokens, and those of
    /// tokens that were valid before.
    rotations: [VecDeque<QueueKey>; 2],
    held: usize,
    held_by_new: usize,
    waiters: usize,
    last_ticket: u64,
    /// How many permits were not granted at once.
    waits: u64,
}

#[derive(Debug, Default)]
pub(super) struct Queue {
    held: usize,
    /// In the order of their tickets.
    waiters: VecDeque<(u64, oneshot::Sender<()>)>,
}

impl Scheduler {
    /// Number of permits that are held.
    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// Number of waiters.
    pub(super) fn waiting(&self) -> usize {
        self.waiters
    }

    /// How many permits were not granted at once.
    pub(super) fn waits(&self) -> u64 {
        self.waits
    }

    /// Whether no permit is held, nothing waits and no queue is left over.
    #[cfg(test)]
    pub(super) fn is_idle(&self) -> bool {
        let rotating = self.rotations.iter().map(VecDeque::len).sum::<usize>();
        (
            self.queues.len(),
            rotating,
            self.held,
            self.held_by_new,
            self.waiters,
        ) == (0, 0, 0, 0, 0)
    }

    /// Adds a waiter. Returns its ticket, and the receiver that is notified when its permit is
    /// granted; or `None` if too many wait already.
    pub(super) fn enqueue(&mut self, key: QueueKey) -> Option<(u64, oneshot::Receiver<()>)> {
        let in_queue = self.queues.get(&key).map_or(0, |queue| queue.waiters.len());
        if in_queue >= MAX_WAITERS_PER_QUEUE || self.waiters >= MAX_WAITERS {
            return None;
        }
        let (sender, granted) = oneshot::channel();
        self.last_ticket += 1;
        let ticket = self.last_ticket;
        if in_queue == 0 {
            self.rotations[usize::from(key.was_valid)].push_back(key);
        }
        self.queues
            .entry(key)
            .or_default()
            .waiters
            .push_back((ticket, sender));
        self.waiters += 1;
        self.dispatch();
        let newest = self.queues.get(&key).and_then(|queue| queue.waiters.back());
        self.waits += u64::from(newest.is_some_and(|(newest, _)| *newest == ticket));
        Some((ticket, granted))
    }

    /// Releases the permit of `ticket`, or removes the waiter if the permit was not granted yet.
    pub(super) fn release(&mut self, key: QueueKey, ticket: u64) {
        let Some(queue) = self.queues.get_mut(&key) else {
            return;
        };
        if let Ok(position) = queue
            .waiters
            .binary_search_by_key(&ticket, |(ticket, _)| *ticket)
        {
            queue.waiters.remove(position);
            self.waiters -= 1;
            if queue.waiters.is_empty() {
                self.rotations[usize::from(key.was_valid)].retain(|other| *other != key);
            }
        } else {
            queue.held -= 1;
            self.held -= 1;
            self.held_by_new -= usize::from(!key.was_valid);
        }
        if queue.waiters.is_empty() && queue.held == 0 {
            self.queues.remove(&key);
        }
        self.dispatch();
    }

    /// Grants the free permits. New tokens come first, because they have fewer permits.
    fn dispatch(&mut self) {
        while self.dispatch_one(false) || self.dispatch_one(true) {}
    }

    /// Grants one permit to the first queue that may have another. Returns `false` if there is
    /// none.
    ///
    /// A queue that may not have another holds several, so the search passes over few queues,
    /// however many there are.
    fn dispatch_one(&mut self, was_valid: bool) -> bool {
        let mut free = MAX_PERMITS - self.held;
        if !was_valid {
            free = free.min(MAX_PERMITS - RESERVED_PERMITS - self.held_by_new);
        }
        if free == 0 {
            return false;
        }
        let rotation = &mut self.rotations[usize::from(was_valid)];
        let is_eligible = |key: &QueueKey| {
            self.queues
                .get(key)
                .is_some_and(|queue| queue.held < SHARE_FACTOR * free)
        };
        let Some(key) = rotation
            .iter()
            .position(is_eligible)
            .and_then(|next| rotation.remove(next))
        else {
            return false;
        };
        let Some(queue) = self.queues.get_mut(&key) else {
            return false;
        };
        let Some((_, sender)) = queue.waiters.pop_front() else {
            return false;
        };
        queue.held += 1;
        self.held += 1;
        self.held_by_new += usize::from(!was_valid);
        self.waiters -= 1;
        if !queue.waiters.is_empty() {
            rotation.push_back(key);
        }
        // The send fails if the waiter has just timed out. The permit then counts as held until its
        // `Permit` is dropped, which follows immediately.
        let _ = sender.send(());
        true
    }
}

//! A bounded semaphore that is fair between clients: it limits how many tokens are validated at
//! once, and for how long a request waits for its permit.
//!
//! Waiters queue by client. The queues take turns (round robin), and each queue is first in, first
//! out. A queue holds no more than a share of the permits, so that a slow Keystone leaves some to
//! other clients. Some permits are reserved for tokens that were valid before, so that a flood of
//! invalid tokens cannot exhaust them. Queues without waiters and permits are removed.
//!
//! Start reading at `semaphore.rs`.

mod queue_key;
mod scheduler;
mod semaphore;
#[cfg(test)]
mod tests;

pub(super) use queue_key::QueueKey;
pub(super) use semaphore::FairSemaphore;

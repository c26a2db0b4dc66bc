//! How long a statement may run.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How many instructions of its virtual machine SQLite executes between two looks at the limit.
pub(super) const INSTRUCTIONS_PER_LOOK: i32 = 1000;

/// After how many looks a query on the thread of its caller is slow. So many take some
/// milliseconds.
const MAX_LOOKS_IN_PLACE: u32 = 100;

/// The limit of the statement that runs on a connection. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct QueryLimit {
    timeout: Duration,
    limit: Arc<Mutex<Limit>>,
}

#[derive(Clone, Copy, Debug)]
enum Limit {
    Looks(u32),
    Until(Instant),
    None,
}

impl QueryLimit {
    /// A limit of `timeout` for a statement that may block its thread.
    pub(super) fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            limit: Arc::new(Mutex::new(Limit::Looks(0))),
        }
    }

    /// Limits the next statement to what may run on the thread of its caller.
    pub(super) fn restrict_to_short(&self) {
        *self.limit() = Limit::Looks(MAX_LOOKS_IN_PLACE);
    }

    /// Limits the next statement to the time-out.
    pub(super) fn restrict_to_timeout(&self) {
        *self.limit() = Limit::Until(Instant::now() + self.timeout);
    }

    /// Lets the next statement take any time.
    pub(super) fn lift(&self) {
        *self.limit() = Limit::None;
    }

    /// Looks at the limit, and returns whether the statement has to end.
    pub(super) fn is_exceeded(&self) -> bool {
        match &mut *self.limit() {
            Limit::Looks(0) => true,
            Limit::Looks(looks) => {
                *looks -= 1;
                false
            }
            Limit::Until(deadline) => Instant::now() > *deadline,
            Limit::None => false,
        }
    }

    fn limit(&self) -> MutexGuard<'_, Limit> {
        self.limit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! A place among the downloads.

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

/// The right to one download, and the time until which it has to be complete.
#[derive(Debug)]
pub struct WebPlace {
    /// Held until the download ends.
    pub(super) _permit: OwnedSemaphorePermit,
    pub(super) deadline: Instant,
}

//! A place among the downloads.

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::Instant;

/// The right to one download, and the time until which it has to be complete.
#[derive(Debug)]
pub struct WebPlace {
    #[expect(dead_code, reason = "it is held until the download ends")]
    pub(super) permit: OwnedSemaphorePermit,
    pub(super) deadline: Instant,
}

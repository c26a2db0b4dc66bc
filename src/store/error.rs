//! Why a call to a store failed.
//!
//! Each operation has an error of its own. What every operation shares is [`StoreError`]: the store
//! itself failed.

use crate::budget::BudgetExhaustedError;
use crate::image::Refusal;

/// The cause of a [`StoreError`]. It is for the log, never for a client.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// The store itself failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store is unreachable, or does not keep up. A later try may succeed.
    #[error("the store is not available")]
    Unavailable(#[source] Source),
    /// The memory for the images of the call is in use by others. A later try may succeed.
    #[error("the store has no memory left for this")]
    Overloaded(#[from] BudgetExhaustedError),
    /// Any other failure. Another try fails too.
    #[error("the store failed")]
    Internal(#[source] Source),
}

/// Why [`ImageStore::list`](super::ImageStore::list) returned no page.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The marker is not an image that the viewer can see.
    #[error("the marker is not an image that can be seen")]
    NoSuchMarker,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why the closure of a write came to no end.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// The store has not read yet what the closure asked for. The store reads it and runs the
    /// closure again.
    #[error("the store has not read that yet")]
    Unread,
    /// No image with this id exists.
    #[error("no image with this id exists")]
    NoSuchImage,
    /// An image with the id of the new one exists.
    #[error("an image with this id exists")]
    Exists,
    /// The closure refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// Why [`ImageStore::write`](super::ImageStore::write) did not acknowledge a write.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// No image with this id exists.
    #[error("no image with this id exists")]
    NoSuchImage,
    /// An image with the id of the new one exists.
    #[error("an image with this id exists")]
    Exists,
    /// The closure refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed. The write may have been done all the same.
    #[error(transparent)]
    Store(#[from] StoreError),
}

//! Where images and their tags are kept, behind one trait.
//!
//! There is one writing verb for images that exist: [`ImageStore::change`]. Policy, quota and preconditions run inside
//! it, on the image as it is at that instant, and the store works out what is different. So no path can lose a tag that
//! another one added, forget a timestamp or overshoot a quota.

mod memory;
mod query;
mod sql;
mod stored;

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;

pub use memory::Memory;
pub use query::{
    Comparison, Direction, Filter, ImageQuery, Sort, SortKey, SortKeyError, VisibilityFilter,
};
pub use sql::{Engine, OpenError, Sql, SqlUrl, SqlUrlError};
pub use stored::{Page, StoredImage};

use crate::identity::ProjectId;
use crate::image::{Image, ImageId, NewImage, Refusal};

/// Turns the image as it is into the image as wanted, or says why not. Pure: it may run more than once.
pub type Change<'a> = &'a (dyn Fn(&mut Image) -> Result<(), Refusal> + Send + Sync);

/// Says whether an image as it is may be deleted. Pure: it may run more than once.
pub type Check<'a> = &'a (dyn Fn(&Image) -> Result<(), Refusal> + Send + Sync);

/// Who makes a change, for the record. Nothing is decided by it.
#[derive(Clone, Copy, Debug)]
pub struct Author<'a> {
    /// The id of the user.
    pub user: &'a str,
    /// The project of the token.
    pub project: Option<&'a ProjectId>,
    /// The request that the change belongs to.
    pub request_id: &'a str,
}

/// Images and their tags.
///
/// Every method is atomic: concurrent callers see all of it or none. What was acknowledged stays. The conformance suite
/// in `tests/store/` holds every backend to this.
#[async_trait]
pub trait ImageStore: fmt::Debug + Send + Sync + 'static {
    /// The image with this id.
    async fn image(&self, id: ImageId) -> Result<Option<StoredImage>, StoreError>;

    /// A page of the images that match `query`.
    async fn list(&self, query: &ImageQuery) -> Result<Page, ListError>;

    /// A page of at most `limit` images, whoever owns them and whatever their status, by id: those after `after`.
    async fn all(&self, after: Option<ImageId>, limit: usize) -> Result<Page, StoreError>;

    /// Keeps a new image as it is, with its times and its revision.
    async fn create(&self, image: NewImage, by: &Author<'_>) -> Result<StoredImage, CreateError>;

    /// Applies `change` to the image as it is at one instant and answers what it is then. An image that comes out equal
    /// is not written.
    async fn change(
        &self,
        id: ImageId,
        by: &Author<'_>,
        change: Change<'_>,
    ) -> Result<StoredImage, ChangeError>;

    /// Deletes the image if `check` lets it, on the image as it is at that instant.
    async fn delete(
        &self,
        id: ImageId,
        by: &Author<'_>,
        check: Check<'_>,
    ) -> Result<(), ChangeError>;

    /// Whether the store can be reached, also while it is busy with other calls.
    async fn ping(&self) -> Result<(), StoreError>;
}

/// The cause of a fault, for the log only.
pub type Source = Box<dyn std::error::Error + Send + Sync>;

/// A fault of the store itself.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, or is too busy: trying again may help.
    #[error("the store is not available")]
    Unavailable(#[source] Source),
    /// Anything else: trying again does not help.
    #[error("the store failed")]
    Internal(#[source] Source),
}

/// Why a list was not made.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The marker is no image that the viewer can see.
    #[error("the marker is not an image that can be seen")]
    NoSuchMarker,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an image was not created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// There is an image with this id.
    #[error("there is an image with this id")]
    Exists,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an image was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// There is no image with this id.
    #[error("there is no image with this id")]
    NoSuchImage,
    /// The change itself said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed. Whether the change was made is then unknown.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The image that `change` makes of `before`; `None` if it comes out equal.
fn changed(before: &Image, change: Change<'_>) -> Result<Option<Image>, ChangeError> {
    let mut after = before.clone();
    change(&mut after)?;
    if after == *before {
        return Ok(None);
    }
    let after = after.successor_of(before, Timestamp::now());
    after.check_size(Some(before))?;
    Ok(Some(after))
}

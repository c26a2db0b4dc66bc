//! Uploads and imports that did not complete: their images become `queued` again, and what they
//! have written is removed.
//!
//! The image changes first, in one write that holds only if it still waits for the upload. So it
//! does not matter how many processes do the same at the same time, nor whether the upload goes on
//! after all: it then finds that its image does not wait for it any more.

use jiff::Timestamp;

use crate::data::{DataError, DataKey, DataStore};
use crate::identity::ProjectId;
use crate::image::{Attribute, Image, Status, Viewer};
use crate::store::{Author, Filter, ImageQuery, ImageStore, ListError, StoreError, WriteError};

/// How many images one page of the search has at most.
const PAGE_LENGTH: usize = 1000;

/// Why an upload was not ended.
#[derive(Debug, thiserror::Error)]
pub enum RecoveryError {
    /// The data store failed.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The store did not list the images.
    #[error(transparent)]
    List(#[from] ListError),
    /// The store did not change the image.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The reason of an import that ended with its process.
pub const PROCESS_GONE: &str = "The service stopped during the import.";

/// Makes the image `queued` if it still waits for the upload. If that is an import, it has failed
/// for this `reason`. Returns whether the image has the data of the upload: then it was complete
/// all the same.
pub async fn requeue(
    store: &dyn ImageStore,
    key: DataKey,
    reason: &str,
) -> Result<bool, WriteError> {
    let author = Author::without_request("recovery");
    let (reason, now) = (reason.to_owned(), Timestamp::now());
    let cancel = move |image: &mut Image| {
        image.cancel_upload(key.upload, &reason, now);
        Ok(())
    };
    match store.change(key.image, &author, &cancel).await {
        Ok(image) => Ok(image.upload == Some(key.upload)),
        Err(WriteError::NoSuchImage) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Ends the uploads of processes that are gone. Returns their number.
pub async fn end_expired(store: &dyn ImageStore, data: &DataStore) -> Result<usize, RecoveryError> {
    let expired = data.expired_uploads().await?;
    for key in &expired {
        let has_image = requeue(store, *key, PROCESS_GONE).await?;
        data.end_upload(*key, has_image).await?;
    }
    Ok(expired.len())
}

/// Makes images `queued` that wait for an upload without a lease: those whose first change took
/// effect after its upload had ended, those that came with `image-tags import`, those of a data
/// store that is gone. Returns their number.
///
/// Nothing is removed. Where no lease is, an upload may also be complete, and the image of another
/// store may name its data.
pub async fn requeue_abandoned(
    store: &dyn ImageStore,
    data: &DataStore,
) -> Result<usize, RecoveryError> {
    let (mut query, mut requeued) = (waiting()?, 0);
    loop {
        let page = store.list(&query).await?;
        for image in &page.images {
            let Some(upload) = image.upload.filter(|upload| image.awaits(*upload)) else {
                continue;
            };
            let key = DataKey {
                image: image.id(),
                upload,
            };
            // The lease came before the status, and it goes after it.
            if !data.has_lease(key).await? && !requeue(store, key, PROCESS_GONE).await? {
                requeued += 1;
            }
        }
        query.marker = page.images.last().map(|last| last.id());
        if !page.more {
            return Ok(requeued);
        }
    }
}

/// All images that may wait for an upload: those that are `uploading` may have all of their data.
fn waiting() -> Result<ImageQuery, StoreError> {
    let project = "recovery".parse::<ProjectId>();
    let project = project.map_err(|error| StoreError::Internal(error.into()))?;
    let mut query = ImageQuery::of_all(Viewer::Admin(project), PAGE_LENGTH);
    let statuses = [Status::Saving, Status::Uploading, Status::Importing];
    let statuses = statuses.map(|status| status.as_str().to_owned());
    query.filters = vec![Filter::Text(Attribute::Status, statuses.into())];
    Ok(query)
}

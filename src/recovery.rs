//! Uploads that did not complete: their images become `queued` again, and what they have written is
//! removed.
//!
//! The image changes first, in one write that holds only if it still waits for the upload. So it
//! does not matter how many processes do the same at the same time, nor whether the upload goes on
//! after all: it then finds that its image does not wait for it any more.

use std::collections::BTreeSet;

use crate::data::{DataError, DataKey, DataStore, Upload};
use crate::identity::ProjectId;
use crate::image::{Attribute, Status, Viewer};
use crate::store::{
    Author, Filter, ImageQuery, ImageStore, ListError, StoreError, VisibilityFilter, WriteError,
};

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

/// Makes the image `queued` if it still waits for the upload. Returns whether the image has the
/// data of the upload: then it was complete all the same.
pub async fn requeue(store: &dyn ImageStore, key: DataKey) -> Result<bool, WriteError> {
    let author = Author {
        user: "recovery",
        project: None,
        request_id: "",
        reason: None,
    };
    let cancel = |image: &mut crate::image::Image| {
        image.cancel_upload(key.upload);
        Ok(())
    };
    match store.change(key.image, &author, &cancel).await {
        Ok(image) => Ok(image.upload == Some(key.upload)),
        Err(WriteError::NoSuchImage) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Ends an upload of this process that did not complete, or of which that is not known.
pub async fn end(store: &dyn ImageStore, upload: Upload) -> Result<(), RecoveryError> {
    if requeue(store, upload.key()).await? {
        upload.keep().await?;
    } else {
        upload.remove().await?;
    }
    Ok(())
}

/// Ends the uploads of processes that are gone. Returns their number.
pub async fn end_expired(store: &dyn ImageStore, data: &DataStore) -> Result<usize, RecoveryError> {
    let expired = data.expired_uploads().await?;
    for key in &expired {
        let has_image = requeue(store, *key).await?;
        data.end_upload(*key, has_image).await?;
    }
    Ok(expired.len())
}

/// Makes images `queued` that wait for an upload without a lease, such as those of an import or of
/// a data store that is gone. Returns their number.
pub async fn requeue_abandoned(
    store: &dyn ImageStore,
    data: &DataStore,
) -> Result<usize, RecoveryError> {
    let (mut query, mut requeued) = (saving()?, 0);
    loop {
        let page = store.list(&query).await?;
        for image in &page.images {
            let Some(upload) = image.upload else { continue };
            let key = DataKey {
                image: image.id(),
                upload,
            };
            // The lease came before the status, and it goes after it.
            if !data.has_lease(key).await? && !requeue(store, key).await? {
                data.remove(key).await?;
                requeued += 1;
            }
        }
        query.marker = page.images.last().map(|last| last.id());
        if !page.more {
            return Ok(requeued);
        }
    }
}

/// All images that wait for an upload.
fn saving() -> Result<ImageQuery, StoreError> {
    let project = "recovery".parse::<ProjectId>();
    let project = project.map_err(|error| StoreError::Internal(error.into()))?;
    let mut query = ImageQuery::new(Viewer::Admin(project), PAGE_LENGTH);
    query.visibility = VisibilityFilter::All;
    query.member_status = None;
    query.hidden = None;
    let status = BTreeSet::from([Status::Saving.as_str().to_owned()]);
    query.filters = vec![Filter::Text(Attribute::Status, status)];
    Ok(query)
}

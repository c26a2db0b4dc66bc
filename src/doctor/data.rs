//! Data that no image names, and images whose data is missing.
//!
//! A process may have been killed, or a data store have failed, between the deletion of an image
//! and that of its data. What belongs to an upload in progress is left alone.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::data::{DataKey, DataStore, Lease};
use crate::image::{Image, ImageId};
use crate::recovery::{RecoveryError, end_expired, requeue_abandoned};
use crate::store::ImageStore;

/// How many images one page of the search has at most.
const PAGE_LENGTH: usize = 1000;

/// What is wrong with the data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataFindings {
    /// Data that no image names.
    pub unnamed: Vec<DataKey>,
    /// Uploads whose processes are gone.
    pub expired: Vec<DataKey>,
    /// Files that processes have left in the middle of writing them.
    pub left: Vec<PathBuf>,
    /// Images whose data is missing. Nothing repairs them but their deletion.
    pub missing: Vec<ImageId>,
}

impl DataFindings {
    /// How many findings [`repair_data`] repairs.
    #[must_use]
    pub fn repairable(&self) -> usize {
        self.unnamed.len() + self.expired.len() + self.left.len()
    }
}

/// Looks for what is wrong with the data. Reads the names of all data and all images, page by page.
pub async fn find_data(
    store: &dyn ImageStore,
    data: &DataStore,
) -> Result<DataFindings, RecoveryError> {
    let mut findings = DataFindings {
        expired: data.expired_uploads().await?,
        left: data.left_files(Lease::TTL).await?,
        ..DataFindings::default()
    };
    // Data comes before its image names it, so what is listed first has its image later.
    let stored = data.stored().await?;
    let found: BTreeSet<_> = stored.iter().map(|stored| stored.key).collect();
    let (mut named, mut after) = (BTreeSet::new(), None);
    loop {
        let page = store.all(after, PAGE_LENGTH).await?;
        for image in &page.images {
            let Some(key) = key_of(image) else { continue };
            named.insert(key);
            if !found.contains(&key) && !data.has(key).await? && is_named(store, key).await? {
                findings.missing.push(image.id());
            }
        }
        after = page.images.last().map(|last| last.id());
        if !page.more {
            break;
        }
    }
    for stored in stored {
        let key = stored.key;
        let is_candidate = stored.age > Lease::TTL && !named.contains(&key);
        // An upload that has completed in the meantime has no lease any more, but an image.
        if is_candidate && !data.has_lease(key).await? && !is_named(store, key).await? {
            findings.unnamed.push(key);
        }
    }
    Ok(findings)
}

/// Removes the data and the files of `findings`, and ends the uploads whose processes are gone.
pub async fn repair_data(
    store: &dyn ImageStore,
    data: &DataStore,
    findings: &DataFindings,
) -> Result<(), RecoveryError> {
    requeue_abandoned(store, data).await?;
    end_expired(store, data).await?;
    for key in &findings.unnamed {
        data.remove(*key).await?;
    }
    for path in &findings.left {
        data.remove_left_file(path.clone()).await?;
    }
    Ok(())
}

fn key_of(image: &Image) -> Option<DataKey> {
    image.stored_upload().map(|upload| DataKey {
        image: image.id(),
        upload,
    })
}

async fn is_named(store: &dyn ImageStore, key: DataKey) -> Result<bool, RecoveryError> {
    let image = store.image(key.image).await?;
    Ok(image.is_some_and(|image| image.upload == Some(key.upload)))
}

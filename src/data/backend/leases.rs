//! Leases of uploads: while an upload runs, its process renews an object in the data store.
//!
//! The object has the id of the parts that the upload has sent to S3, so that whoever finds the
//! lease expired can remove them.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use object_store::ObjectStoreExt;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tracing::warn;

use super::objects::{Objects, exists, gone};
use crate::data::error::DataError;
use crate::data::key::DataKey;

/// The time between two renewals.
const RENEW_INTERVAL: Duration = Duration::from_secs(3);

/// A lease that has not been renewed for this time has expired.
const LEASE_TTL: Duration = Duration::from_secs(15);

/// The lease of an upload. Unless it is released, it expires some time after it is dropped.
#[derive(Debug)]
pub struct Lease {
    held: Arc<Held>,
    renewal: JoinHandle<()>,
}

#[derive(Debug)]
struct Held {
    objects: Arc<Objects>,
    key: DataKey,
    /// The id of the parts; empty if there are none. Locked while the object is written.
    parts: Mutex<String>,
}

impl Held {
    async fn renew(&self) -> Result<(), DataError> {
        let parts = self.parts.lock().await;
        let path = self.objects.lease_path(self.key);
        self.objects.leases.put(&path, parts.clone().into()).await?;
        Ok(())
    }
}

impl Lease {
    /// The time after which a lease that is not renewed has expired.
    pub const TTL: Duration = LEASE_TTL;

    /// Acquires the lease of a new upload.
    pub(super) async fn acquire(objects: &Arc<Objects>, key: DataKey) -> Result<Self, DataError> {
        let held = Arc::new(Held {
            objects: Arc::clone(objects),
            key,
            parts: Mutex::default(),
        });
        held.renew().await?;
        let renewed = Arc::clone(&held);
        let renewal = tokio::spawn(async move {
            loop {
                tokio::time::sleep(RENEW_INTERVAL).await;
                if let Err(error) = renewed.renew().await {
                    warn!(error = &error as &dyn Error, key = %renewed.key, "the lease of an upload was not renewed");
                }
            }
        });
        Ok(Self { held, renewal })
    }

    /// Notes the id of the parts in the lease.
    pub(super) async fn note_parts(&self, id: &str) -> Result<(), DataError> {
        id.clone_into(&mut *self.held.parts.lock().await);
        self.held.renew().await
    }

    /// Ends the lease, once nothing is left of the upload or the image names its data.
    pub(super) async fn release(&mut self) -> Result<(), DataError> {
        self.renewal.abort();
        // A renewal that has begun must not write the object again.
        let _ = (&mut self.renewal).await;
        self.held.objects.release_lease(self.held.key).await
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

impl Objects {
    /// The uploads whose leases have expired.
    pub(in crate::data) async fn expired(&self) -> Result<Vec<DataKey>, DataError> {
        let renewals = self.renewals().await?.into_iter();
        let expired = renewals.filter(|(_, age)| *age > LEASE_TTL);
        Ok(expired.map(|(key, _)| key).collect())
    }

    /// Whether the upload has a lease, expired or not.
    pub(in crate::data) async fn has_lease(&self, key: DataKey) -> Result<bool, DataError> {
        exists(self.leases.head(&self.lease_path(key)).await)
    }

    /// The id of the parts of the upload; `None` without any.
    pub(in crate::data) async fn parts_of(
        &self,
        key: DataKey,
    ) -> Result<Option<String>, DataError> {
        let content = match self.leases.get(&self.lease_path(key)).await {
            Ok(found) => found.bytes().await?,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let id = String::from_utf8_lossy(&content).into_owned();
        Ok((!id.is_empty()).then_some(id))
    }

    pub(in crate::data) async fn release_lease(&self, key: DataKey) -> Result<(), DataError> {
        gone(self.leases.delete(&self.lease_path(key)).await)
    }
}

//! The data store.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::backend::{MemoryObjects, Objects, Sink};
use super::download::Download;
use super::error::{DataError, DataOpenError};
use super::key::DataKey;
use super::options::DataOptions;
use super::upload::Upload;
use super::url::DataUrl;
use crate::budget::Budget;

/// Where the data of images is kept. Clones share everything.
#[derive(Clone, Debug)]
pub struct DataStore(Backend);

#[derive(Clone, Debug)]
enum Backend {
    Memory(Arc<MemoryObjects>),
    Objects(Arc<Objects>),
    Discard,
    None,
}

/// Data that the data store has, and the time since it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredData {
    /// Its name.
    pub key: DataKey,
    /// The time since it was written.
    pub age: Duration,
}

impl DataStore {
    /// The name of the data store for clients that ask for one: there is no other.
    pub const NAME: &str = "default";

    /// Opens the data store. An S3 service need not be reachable yet.
    pub fn open(options: &DataOptions) -> Result<Self, DataOpenError> {
        Ok(Self(match &options.url {
            None => Backend::None,
            Some(DataUrl::Discard) => Backend::Discard,
            Some(DataUrl::Memory) => {
                Backend::Memory(Arc::new(MemoryObjects::new(options.memory_bytes)))
            }
            Some(DataUrl::File(root)) => Backend::Objects(Arc::new(Objects::directory(root)?)),
            Some(DataUrl::S3 { bucket, prefix }) => {
                let objects = Objects::bucket(bucket, prefix, &options.s3)?;
                Backend::Objects(Arc::new(objects))
            }
        }))
    }

    /// Whether uploads are refused, for nobody has said where to keep their data.
    #[must_use]
    pub fn refuses(&self) -> bool {
        matches!(self.0, Backend::None)
    }

    /// Whether uploads are measured, hashed and forgotten.
    #[must_use]
    pub fn discards(&self) -> bool {
        matches!(self.0, Backend::Discard)
    }

    /// Whether data is kept where other processes find it.
    #[must_use]
    pub fn is_durable(&self) -> bool {
        matches!(self.0, Backend::Objects(_))
    }

    /// Removes all data that is in memory.
    pub fn clear(&self) {
        if let Backend::Memory(objects) = &self.0 {
            objects.clear();
        }
    }

    /// Begins an upload of `length` bytes, if that is known. Its process holds a lease from then
    /// on. Pieces are reserved from `budget`.
    pub async fn start_upload(
        &self,
        key: DataKey,
        length: Option<u64>,
        budget: &Budget,
    ) -> Result<Upload, DataError> {
        let sink = match &self.0 {
            Backend::Memory(objects) => {
                if length > Some(objects.max_bytes() as u64) {
                    return Err(DataError::Full(
                        "it is larger than the memory for it".into(),
                    ));
                }
                Sink::memory(objects)
            }
            Backend::Objects(objects) => Sink::objects(objects, key).await?,
            Backend::Discard | Backend::None => Sink::Nothing,
        };
        Ok(Upload::new(key, sink, budget.clone()))
    }

    /// Opens the bytes `range` of the data.
    pub async fn download(&self, key: DataKey, range: Range<u64>) -> Result<Download, DataError> {
        match &self.0 {
            Backend::Memory(objects) => Download::of_memory(objects, key, range),
            Backend::Objects(objects) => Download::of_object(objects, key, range).await,
            Backend::Discard | Backend::None => Err(DataError::Missing),
        }
    }

    /// Removes the data of an image that is gone, or of an upload that came to nothing.
    pub async fn remove(&self, key: DataKey) -> Result<(), DataError> {
        match &self.0 {
            Backend::Memory(objects) => objects.remove(&key),
            Backend::Objects(objects) => objects.remove(key, None).await?,
            Backend::Discard | Backend::None => {}
        }
        Ok(())
    }

    /// The uploads whose leases have expired: their processes are gone.
    pub async fn expired_uploads(&self) -> Result<Vec<DataKey>, DataError> {
        match &self.0 {
            Backend::Objects(objects) => objects.expired().await,
            Backend::Memory(_) | Backend::Discard | Backend::None => Ok(Vec::new()),
        }
    }

    /// Whether the upload has a lease, expired or not. In memory, an upload ends with its process.
    pub async fn has_lease(&self, key: DataKey) -> Result<bool, DataError> {
        match &self.0 {
            Backend::Objects(objects) => objects.has_lease(key).await,
            Backend::Memory(_) => Ok(true),
            Backend::Discard | Backend::None => Ok(false),
        }
    }

    /// Ends an upload whose lease has expired. Removes what it has written, unless an image has
    /// its data.
    pub async fn end_upload(&self, key: DataKey, has_image: bool) -> Result<(), DataError> {
        let Backend::Objects(objects) = &self.0 else {
            return Ok(());
        };
        if !has_image {
            let parts = objects.parts_of(key).await?;
            objects.remove(key, parts.as_deref()).await?;
        }
        objects.release_lease(key).await
    }

    /// Whether the data is there. What discards or refuses data has none to miss.
    pub async fn has(&self, key: DataKey) -> Result<bool, DataError> {
        match &self.0 {
            Backend::Memory(objects) => Ok(objects.get(&key).is_some()),
            Backend::Objects(objects) => objects.has(key).await,
            Backend::Discard | Backend::None => Ok(true),
        }
    }

    /// All data of a directory or a bucket.
    pub async fn stored(&self) -> Result<Vec<StoredData>, DataError> {
        let Backend::Objects(objects) = &self.0 else {
            return Ok(Vec::new());
        };
        let stored = objects.stored().await?.into_iter();
        Ok(stored.map(|(key, age)| StoredData { key, age }).collect())
    }

    /// The files that killed processes have left in the middle of a write, untouched for `age`.
    pub async fn left_files(&self, age: Duration) -> Result<Vec<PathBuf>, DataError> {
        match &self.0 {
            Backend::Objects(objects) => objects.left_files(age).await,
            Backend::Memory(_) | Backend::Discard | Backend::None => Ok(Vec::new()),
        }
    }

    /// Removes one of them.
    pub async fn remove_left_file(&self, path: PathBuf) -> Result<(), DataError> {
        match &self.0 {
            Backend::Objects(objects) => objects.remove_left_file(path).await,
            Backend::Memory(_) | Backend::Discard | Backend::None => Ok(()),
        }
    }
}

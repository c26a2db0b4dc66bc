//! Objects with names, in a directory or in a bucket, and the names of the data in them.

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use object_store::aws::AmazonS3;
use object_store::multipart::MultipartStore;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};

use super::{files, s3};
use crate::data::error::{DataError, DataOpenError};
use crate::data::key::DataKey;
use crate::data::options::S3Options;

/// The names of leases start with this; the name of the data follows.
const LEASES: &str = "uploads";

/// The name of the object whose time of change is the clock of the data store.
const CLOCK: &str = "clock";

/// A directory or a bucket.
#[derive(Debug)]
pub(in crate::data) struct Objects {
    pub(super) kind: Kind,
    /// What the names of all objects start with.
    prefix: Path,
    /// For data.
    pub(super) data: Arc<dyn ObjectStore>,
    /// For leases.
    pub(super) leases: Arc<dyn ObjectStore>,
}

/// What differs between the two.
#[derive(Debug)]
pub(super) enum Kind {
    Directory(files::Files),
    Bucket(Arc<AmazonS3>),
}

impl Objects {
    pub(in crate::data) fn directory(root: &std::path::Path) -> Result<Self, DataOpenError> {
        let files = files::Files::open(root)?;
        Ok(Self {
            prefix: Path::default(),
            data: Arc::new(files.durable.clone()),
            leases: Arc::new(files.unsynced()),
            kind: Kind::Directory(files),
        })
    }

    pub(in crate::data) fn bucket(
        bucket: &str,
        prefix: &str,
        options: &S3Options,
    ) -> Result<Self, DataOpenError> {
        let store = Arc::new(s3::open(bucket, options)?);
        Ok(Self {
            prefix: Path::from(prefix),
            data: Arc::clone(&store) as _,
            leases: Arc::clone(&store) as _,
            kind: Kind::Bucket(store),
        })
    }

    pub(super) fn data_path(&self, key: DataKey) -> Path {
        let image = self.prefix.clone().join(key.image.to_string());
        image.join(key.upload.to_string())
    }

    pub(super) fn lease_path(&self, key: DataKey) -> Path {
        let image = self.prefix.clone().join(LEASES).join(key.image.to_string());
        image.join(key.upload.to_string())
    }

    /// Opens the data for reading.
    pub(in crate::data) async fn get(
        &self,
        key: DataKey,
    ) -> Result<object_store::GetResult, DataError> {
        Ok(self.data.get(&self.data_path(key)).await?)
    }

    /// Whether the data is there.
    pub(in crate::data) async fn has(&self, key: DataKey) -> Result<bool, DataError> {
        exists(self.data.head(&self.data_path(key)).await)
    }

    /// Reads a part of the data.
    pub(in crate::data) async fn read(
        &self,
        key: DataKey,
        range: std::ops::Range<u64>,
    ) -> Result<axum::body::Bytes, DataError> {
        Ok(self.data.get_range(&self.data_path(key), range).await?)
    }

    /// Whether the data is in files, which stay readable once they are open.
    pub(in crate::data) fn is_directory(&self) -> bool {
        matches!(self.kind, Kind::Directory(_))
    }

    /// Removes the data, and what an upload has written of it. `parts` is the id of its parts.
    pub(in crate::data) async fn remove(
        &self,
        key: DataKey,
        parts: Option<&str>,
    ) -> Result<(), DataError> {
        let path = self.data_path(key);
        match &self.kind {
            Kind::Directory(files) => files.remove_staged(key).await?,
            Kind::Bucket(bucket) => {
                if let Some(parts) = parts.filter(|parts| !parts.is_empty()) {
                    gone(bucket.abort_multipart(&path, &parts.to_owned()).await)?;
                }
            }
        }
        gone(self.data.delete(&path).await)
    }

    /// The names of all data, with the time since each was written by the clock of the data store.
    pub(in crate::data) async fn stored(&self) -> Result<Vec<(DataKey, Duration)>, DataError> {
        let prefix = (!self.prefix.is_root()).then_some(&self.prefix);
        let found: Vec<ObjectMeta> = self.data.list(prefix).try_collect().await?;
        self.named(&found, &self.prefix).await
    }

    /// The leases of uploads, with the time since each was renewed.
    pub(super) async fn renewals(&self) -> Result<Vec<(DataKey, Duration)>, DataError> {
        let prefix = self.prefix.clone().join(LEASES);
        let found: Vec<ObjectMeta> = self.leases.list(Some(&prefix)).try_collect().await?;
        self.named(&found, &prefix).await
    }

    /// Those of `found` that have the name of data below `prefix`, with their ages.
    async fn named(
        &self,
        found: &[ObjectMeta],
        prefix: &Path,
    ) -> Result<Vec<(DataKey, Duration)>, DataError> {
        let key = |meta: &ObjectMeta| {
            let below = meta.location.as_ref().strip_prefix(prefix.as_ref())?;
            below.trim_start_matches('/').parse::<DataKey>().ok()
        };
        let keys: Vec<_> = found
            .iter()
            .filter_map(|meta| Some((key(meta)?, meta)))
            .collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.now().await?;
        Ok(keys
            .iter()
            .map(|(key, meta)| (*key, age(meta, now)))
            .collect())
    }

    /// The files that a killed process has left in the middle of writing them.
    pub(in crate::data) async fn left_files(
        &self,
        age: Duration,
    ) -> Result<Vec<PathBuf>, DataError> {
        let Kind::Directory(files) = &self.kind else {
            return Ok(Vec::new());
        };
        let mut left = Vec::new();
        for path in files.staged(age).await? {
            if !self.is_being_written(&path).await? {
                left.push(path);
            }
        }
        Ok(left)
    }

    /// Whether the upload that writes the file has a lease. It may be slow.
    async fn is_being_written(&self, path: &FilePath) -> Result<bool, DataError> {
        match upload_of(path) {
            Some(key) => self.has_lease(key).await,
            None => Ok(false),
        }
    }

    /// Removes one of them.
    pub(in crate::data) async fn remove_left_file(&self, path: PathBuf) -> Result<(), DataError> {
        match &self.kind {
            Kind::Directory(files) if !self.is_being_written(&path).await? => {
                files.remove_file(path).await
            }
            Kind::Directory(_) | Kind::Bucket(_) => Ok(()),
        }
    }

    /// The time by the clock of the data store in milliseconds. Processes that share the data store
    /// may have clocks of their own, so none of these counts.
    async fn now(&self) -> Result<i64, DataError> {
        let path = self.prefix.clone().join(CLOCK);
        self.leases.put(&path, "clock".into()).await?;
        let clock = self.leases.head(&path).await?;
        Ok(clock.last_modified.timestamp_millis())
    }
}

/// The upload that writes a file `<image>/<upload>#<number>`.
fn upload_of(path: &FilePath) -> Option<DataKey> {
    let image = path.parent()?.file_name()?.to_str()?;
    let (upload, _) = path.file_name()?.to_str()?.split_once('#')?;
    format!("{image}/{upload}").parse().ok()
}

/// How long before `now` the object was written.
fn age(meta: &ObjectMeta, now: i64) -> Duration {
    let age = now - meta.last_modified.timestamp_millis();
    Duration::from_millis(u64::try_from(age).unwrap_or(0))
}

/// Success if what was to be removed is gone already.
pub(super) fn gone(removed: object_store::Result<()>) -> Result<(), DataError> {
    match removed {
        Err(object_store::Error::NotFound { .. }) => Ok(()),
        removed => Ok(removed?),
    }
}

/// Whether the object that was asked for exists.
pub(super) fn exists(found: object_store::Result<ObjectMeta>) -> Result<bool, DataError> {
    match found {
        Ok(_) => Ok(true),
        Err(object_store::Error::NotFound { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

//! Images that this process has read or written lately.
//!
//! The database decides: an image of the cache counts only if the database still has the same
//! version of it. To look that up takes a database a small part of what it takes to read the image.

use std::fmt;
use std::sync::Arc;

use moka::sync::Cache;

use super::read;
use super::size_limit::SizeLimit;
use super::version::Version;
use crate::image::{Image, ImageId};
use crate::store::sql::drivers::{Connection, Database, Engine, SqlError};

/// The maximum size of all images of the cache together, in bytes.
const MAX_BYTES: u64 = 32 << 20;

/// Larger images are not kept: many small ones are worth more.
const MAX_IMAGE_BYTES: usize = 16 << 10;

/// A cache of images.
pub(in crate::store::sql) struct ImageCache(Option<Cache<ImageId, Arc<Image>>>);

impl ImageCache {
    /// An empty cache. Beside a Glance it keeps nothing: a save of Glance leaves no version of the
    /// image.
    pub(in crate::store::sql) fn new(engine: Engine) -> Self {
        if !engine.owns_images() {
            return Self(None);
        }
        let size =
            |_: &ImageId, image: &Arc<Image>| u32::try_from(image.size()).unwrap_or(u32::MAX);
        let cache = Cache::builder().weigher(size).max_capacity(MAX_BYTES);
        Self(Some(cache.build()))
    }

    /// Whether it keeps images.
    pub(in crate::store::sql) fn keeps_images(&self) -> bool {
        self.0.is_some()
    }

    /// Reads the image with this id as the transaction of `connection` sees it; `None` if it does
    /// not exist. Fails if it is larger than `size_limit`.
    pub(in crate::store::sql) async fn image(
        &self,
        connection: &mut Connection,
        id: ImageId,
        size_limit: &SizeLimit,
    ) -> Result<Option<Arc<Image>>, SqlError> {
        if let Some(kept) = self.kept(id) {
            let version = connection.fetch_first(Version::statement(id), Version::read);
            if let Some(image) = self.current(kept, version.await?) {
                return Ok(Some(image));
            }
        }
        let read = read::image(connection, id, size_limit).await?;
        Ok(read.map(|image| self.keep_read(image)))
    }

    /// The same outside of a transaction.
    pub(in crate::store::sql) async fn image_in(
        &self,
        database: &Database,
        id: ImageId,
        size_limit: &SizeLimit,
    ) -> Result<Option<Arc<Image>>, SqlError> {
        if let Some(kept) = self.kept(id) {
            let version = database.fetch_first(Version::statement(id), Version::read);
            if let Some(image) = self.current(kept, version.await?) {
                return Ok(Some(image));
            }
        }
        let read = read::image_in(database, id, size_limit).await?;
        Ok(read.map(|image| self.keep_read(image)))
    }

    /// The image in this version.
    pub(in crate::store::sql) fn get(&self, id: ImageId, version: Version) -> Option<Arc<Image>> {
        let kept = self.kept(id)?;
        self.current(kept, Some(version))
    }

    /// Keeps the image, which was read or committed, until others need the room.
    pub(in crate::store::sql) fn keep(&self, image: &Arc<Image>) {
        if let Some(cache) = &self.0
            && image.size() <= MAX_IMAGE_BYTES
            && Version::from(&**image).is_unique()
        {
            cache.insert(image.id(), Arc::clone(image));
        }
    }

    /// Keeps an image that was read.
    pub(in crate::store::sql) fn keep_read(&self, image: Image) -> Arc<Image> {
        let image = Arc::new(image);
        self.keep(&image);
        image
    }

    fn kept(&self, id: ImageId) -> Option<Arc<Image>> {
        self.0.as_ref()?.get(&id)
    }

    /// The kept image, if the database has this version of it. Otherwise it is kept no longer, so
    /// that an image which cannot be kept any more is not looked up in vain.
    fn current(&self, kept: Arc<Image>, version: Option<Version>) -> Option<Arc<Image>> {
        if version == Some(Version::from(&*kept)) {
            return Some(kept);
        }
        if let Some(cache) = &self.0 {
            cache.invalidate(&kept.id());
        }
        None
    }
}

impl fmt::Debug for ImageCache {
    /// Leaves out the images.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageCache").finish_non_exhaustive()
    }
}

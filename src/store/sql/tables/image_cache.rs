//! Images that this process has read or written lately.
//!
//! The database decides: an image of the cache counts only if the database still has the same
//! version of it. To look that up takes a database a small part of what it takes to read the image.

use std::sync::Arc;

use moka::sync::Cache;

use super::read;
use super::size_limit::SizeLimit;
use super::version::Version;
use crate::image::{Image, ImageId};
use crate::store::sql::drivers::{Connection, Database, SqlError};

/// The maximum size of all images of the cache together, in bytes.
const MAX_BYTES: u64 = 32 << 20;

/// Larger images are not kept: many small ones are worth more.
const MAX_IMAGE_BYTES: usize = 16 << 10;

/// A cache of images with their versions.
#[derive(Debug)]
pub(in crate::store::sql) struct ImageCache(Cache<ImageId, (Version, Arc<Image>)>);

impl ImageCache {
    pub(in crate::store::sql) fn new() -> Self {
        let size = |_: &ImageId, (_, image): &(Version, Arc<Image>)| {
            u32::try_from(image.size()).unwrap_or(u32::MAX)
        };
        let cache = Cache::builder().weigher(size).max_capacity(MAX_BYTES);
        Self(cache.build())
    }

    /// Reads the image with this id as the transaction of `connection` sees it; `None` if it does
    /// not exist. Fails if it is larger than `size_limit`.
    pub(in crate::store::sql) async fn image(
        &self,
        connection: &mut Connection,
        id: ImageId,
        size_limit: &SizeLimit,
    ) -> Result<Option<Arc<Image>>, SqlError> {
        if let Some((kept, image)) = self.0.get(&id) {
            let version = connection.fetch_first(Version::statement(id), Version::read);
            match version.await? {
                None => return Ok(None),
                Some(version) if version == kept => return Ok(Some(image)),
                Some(_) => {}
            }
        }
        let read = read::image(connection, id, size_limit).await?;
        Ok(read.map(|(image, version)| self.kept(image, version)))
    }

    /// The same outside of a transaction.
    pub(in crate::store::sql) async fn image_in(
        &self,
        database: &Database,
        id: ImageId,
        size_limit: &SizeLimit,
    ) -> Result<Option<Arc<Image>>, SqlError> {
        if let Some((kept, image)) = self.0.get(&id) {
            let version = database.fetch_first(Version::statement(id), Version::read);
            match version.await? {
                None => return Ok(None),
                Some(version) if version == kept => return Ok(Some(image)),
                Some(_) => {}
            }
        }
        let read = read::image_in(database, id, size_limit).await?;
        Ok(read.map(|(image, version)| self.kept(image, version)))
    }

    /// The image in this version.
    pub(in crate::store::sql) fn get(&self, id: ImageId, version: Version) -> Option<Arc<Image>> {
        let (kept, image) = self.0.get(&id)?;
        (kept == version).then_some(image)
    }

    /// Keeps the image, which was read or committed in this version, until others need the room.
    pub(in crate::store::sql) fn keep(&self, image: &Arc<Image>, version: Version) {
        if image.size() <= MAX_IMAGE_BYTES && version.is_unique() {
            self.0.insert(image.id(), (version, Arc::clone(image)));
        }
    }

    /// Keeps an image that was read.
    pub(in crate::store::sql) fn kept(&self, image: Image, version: Version) -> Arc<Image> {
        let image = Arc::new(image);
        self.keep(&image, version);
        image
    }
}

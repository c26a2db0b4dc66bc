//! Images that this process has read or written lately.
//!
//! The database decides: an image of the cache counts only if the database still has the same
//! version of it. To look that up takes a database a small part of what it takes to read the image.

use std::sync::Arc;

use moka::sync::Cache;

use super::tables::version::Version;
use crate::image::{Image, ImageId};

/// The maximum size of all images of the cache together, in bytes.
const MAX_BYTES: u64 = 32 << 20;

/// Larger images are not kept: many small ones are worth more.
const MAX_IMAGE_BYTES: usize = 16 << 10;

/// A cache of images.
#[derive(Debug)]
pub(super) struct ImageCache(Cache<ImageId, Arc<Image>>);

impl ImageCache {
    pub(super) fn new() -> Self {
        let size =
            |_: &ImageId, image: &Arc<Image>| u32::try_from(image.size()).unwrap_or(u32::MAX);
        let cache = Cache::builder().weigher(size).max_capacity(MAX_BYTES);
        Self(cache.build())
    }

    /// Whether the cache has some version of the image.
    pub(super) fn has(&self, id: ImageId) -> bool {
        self.0.contains_key(&id)
    }

    /// The image in this version.
    pub(super) fn get(&self, id: ImageId, version: &Version) -> Option<Arc<Image>> {
        let image = self.0.get(&id);
        image.filter(|image| Version::of(image) == *version)
    }

    /// Keeps `images` until others need the room.
    pub(super) fn keep<'a>(&self, images: impl IntoIterator<Item = &'a Arc<Image>>) {
        for image in images {
            if image.size() <= MAX_IMAGE_BYTES {
                self.0.insert(image.id(), Arc::clone(image));
            }
        }
    }
}

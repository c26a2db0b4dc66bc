//! The store in memory: as fast as it gets, and empty again after a restart.
//!
//! One lock, never held over an await. Readers share the images, a change puts a new image in the place of the old one.

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;
use jiff::Timestamp;

use super::{Author, Change, ChangeError, CreateError, ImageQuery, ImageStore, ListError, Page, StoreError};
use crate::image::{Image, ImageId};

/// Images in memory.
#[derive(Debug, Default)]
pub struct Memory {
    images: RwLock<Images>,
}

#[derive(Debug, Default)]
struct Images {
    by_id: HashMap<ImageId, Arc<Image>>,
    /// Oldest first; lists run through it backwards.
    by_age: BTreeSet<(Timestamp, ImageId)>,
}

impl Images {
    fn insert(&mut self, image: Image) -> Arc<Image> {
        let image = Arc::new(image);
        self.by_age.insert((image.created_at(), image.id()));
        self.by_id.insert(image.id(), Arc::clone(&image));
        image
    }
}

impl Memory {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A store that holds `images`, each with an id of its own.
    #[must_use]
    pub fn holding(images: impl IntoIterator<Item = Image>) -> Self {
        let store = Self::new();
        let mut kept = store.write();
        for image in images {
            kept.insert(image);
        }
        drop(kept);
        store
    }

    // A panic under the lock cannot leave an image half changed, so a poisoned lock is as good as any.
    fn read(&self) -> RwLockReadGuard<'_, Images> {
        self.images.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Images> {
        self.images.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The image that `change` makes of `before`; `None` if it comes out equal.
fn changed(before: &Image, change: Change<'_>) -> Result<Option<Image>, ChangeError> {
    let mut after = before.clone();
    change(&mut after)?;
    Ok((after != *before).then(|| after.following(before, Timestamp::now())))
}

#[async_trait]
impl ImageStore for Memory {
    async fn image(&self, id: ImageId) -> Result<Option<Arc<Image>>, StoreError> {
        Ok(self.read().by_id.get(&id).cloned())
    }

    async fn list(&self, query: &ImageQuery) -> Result<Page, ListError> {
        let images = self.read();
        let end = match query.marker {
            None => Bound::Unbounded,
            Some(id) => match images.by_id.get(&id) {
                Some(image) if query.viewer.sees(image) => Bound::Excluded((image.created_at(), id)),
                _ => return Err(ListError::NoSuchMarker),
            },
        };
        let mut found = (images.by_age.range((Bound::Unbounded, end)).rev())
            .filter_map(|(_, id)| images.by_id.get(id))
            .filter(|image| query.viewer.lists(image));
        let page = found.by_ref().take(query.limit).cloned().collect();
        Ok(Page { images: page, more: found.next().is_some() })
    }

    async fn create(&self, image: Image, _by: &Author) -> Result<Arc<Image>, CreateError> {
        let mut images = self.write();
        if images.by_id.contains_key(&image.id()) {
            return Err(CreateError::Exists);
        }
        Ok(images.insert(image))
    }

    async fn change(&self, id: ImageId, _by: &Author, change: Change<'_>) -> Result<Arc<Image>, ChangeError> {
        // Most requests change nothing or are refused: they need no more than to read.
        let before = self.read().by_id.get(&id).cloned().ok_or(ChangeError::NoSuchImage)?;
        let Some(after) = changed(&before, change)? else { return Ok(before) };

        let mut images = self.write();
        let image = images.by_id.get_mut(&id).ok_or(ChangeError::NoSuchImage)?;
        if Arc::ptr_eq(image, &before) {
            *image = Arc::new(after);
        } else if let Some(after) = changed(image, change)? {
            // Somebody else was faster: once more, on what they made of the image.
            *image = Arc::new(after);
        }
        Ok(Arc::clone(image))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

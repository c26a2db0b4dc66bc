//! [`Memory`]: the images behind one lock.

use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;

use super::index::Images;
use super::merge::newest_first_of;
use crate::image::{Image, ImageId, NewImage};
use crate::store::contract::{Author, Change, Check, ImageStore};
use crate::store::error::{ChangeError, CreateError, ListError, StoreError};
use crate::store::query::{ImageQuery, Sort};
use crate::store::stored::{Page, StoredImage};
use crate::store::successor::successor;

/// How often a change is computed outside of the lock. After that many conflicts it is computed
/// under the write lock.
const MAX_OPTIMISTIC_ATTEMPTS: u32 = 3;

/// A store in memory.
#[derive(Debug)]
pub struct Memory {
    images: RwLock<Images>,
    /// The maximum size of all images together, in bytes.
    max_bytes: usize,
}

impl Memory {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::with_images([])
    }

    /// A store with these images, whose ids must differ.
    #[must_use]
    pub fn with_images(images: impl IntoIterator<Item = Image>) -> Self {
        let mut stored = Images::default();
        for image in images {
            stored.put(image.measured());
        }
        Self {
            images: RwLock::new(stored),
            max_bytes: usize::MAX,
        }
    }

    /// Limits the size of all images together to `max_bytes`. A store at its limit creates no image
    /// and lets none grow; images may still shrink and be deleted.
    #[must_use]
    pub fn with_max_bytes(self, max_bytes: usize) -> Self {
        Self { max_bytes, ..self }
    }

    /// Checks the limit for an image of `size` bytes that replaces one of `before` bytes.
    fn check_limit(&self, images: &Images, size: usize, before: usize) -> Result<(), StoreError> {
        if size <= before || images.bytes().saturating_add(size - before) <= self.max_bytes {
            return Ok(());
        }
        Err(StoreError::Unavailable(
            "the store in memory is full: store.max_bytes".into(),
        ))
    }

    // A panic under the lock cannot leave an image half changed, so a poisoned lock is safe to use.
    fn read(&self) -> RwLockReadGuard<'_, Images> {
        self.images.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Images> {
        self.images.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ImageStore for Memory {
    async fn image(&self, id: ImageId) -> Result<Option<StoredImage>, StoreError> {
        Ok(self.read().get(id).cloned().map(Into::into))
    }

    async fn list(&self, query: &ImageQuery) -> Result<Page, ListError> {
        let images = self.read();
        let marker = match query.marker.map(|id| images.get(id)) {
            None => None,
            Some(Some(image)) if query.viewer.sees(image) => Some(image),
            Some(_) => return Err(ListError::NoSuchMarker),
        };
        let candidates = images.candidates(&query.tags, query.any_tags.as_ref());
        let is_newest_first = query.sort == Sort::newest_first();
        let end = match marker {
            Some(image) if is_newest_first => Bound::Excluded((image.created_at(), image.id())),
            _ => Bound::Unbounded,
        };
        let found = newest_first_of(&candidates, end)
            .filter_map(|(_, id)| images.get(*id))
            .filter(|image| query.matches(image));
        if is_newest_first {
            return Ok(Page::filled(found.cloned(), query.limit));
        }
        let comes_after = |image: &&Arc<Image>| {
            marker.is_none_or(|marker| query.sort.compare(image, marker).is_gt())
        };
        let mut found: Vec<_> = found.filter(comes_after).cloned().collect();
        // Sorting needs no lock: writers go on meanwhile.
        drop(images);
        found.sort_by(|one, other| query.sort.compare(one, other));
        Ok(Page::filled(found, query.limit))
    }

    async fn all(&self, after: Option<ImageId>, limit: usize) -> Result<Page, StoreError> {
        let images = self.read();
        let mut found: Vec<_> = images
            .iter()
            .filter(|image| Some(image.id()) > after)
            .cloned()
            .collect();
        drop(images);
        found.sort_unstable_by_key(|image| image.id());
        Ok(Page::filled(found, limit))
    }

    async fn create(&self, image: NewImage, _by: &Author<'_>) -> Result<StoredImage, CreateError> {
        let mut images = self.write();
        if images.get(image.id()).is_some() {
            return Err(CreateError::Exists);
        }
        self.check_limit(&images, image.size(), 0)?;
        Ok(images.put(image.into_image()).into())
    }

    async fn change(
        &self,
        id: ImageId,
        _by: &Author<'_>,
        change: Change<'_>,
    ) -> Result<StoredImage, ChangeError> {
        for _ in 0..MAX_OPTIMISTIC_ATTEMPTS {
            // Most calls are refused or change nothing: a read lock is enough for them.
            let before = self
                .read()
                .get(id)
                .cloned()
                .ok_or(ChangeError::NoSuchImage)?;
            let Some(after) = successor(&before, change)? else {
                return Ok(before.into());
            };

            let mut images = self.write();
            let current = images.get(id).ok_or(ChangeError::NoSuchImage)?;
            if Arc::ptr_eq(current, &before) {
                self.check_limit(&images, after.size(), before.size())?;
                return Ok(images.put(after).into());
            }
            // Another write came first: try again on its result.
        }
        let mut images = self.write();
        let current = images.get(id).ok_or(ChangeError::NoSuchImage)?;
        match successor(current, change)? {
            Some(after) => {
                self.check_limit(&images, after.size(), current.size())?;
                Ok(images.put(after).into())
            }
            None => Ok(Arc::clone(current).into()),
        }
    }

    async fn delete(
        &self,
        id: ImageId,
        _by: &Author<'_>,
        check: Check<'_>,
    ) -> Result<(), ChangeError> {
        let mut images = self.write();
        check(images.get(id).ok_or(ChangeError::NoSuchImage)?)?;
        images.remove(id);
        Ok(())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[tokio::test]
    async fn a_full_store_refuses_growth_until_an_image_is_deleted() {
        let by = Author {
            user: "user",
            project: None,
            request_id: "",
        };
        let image = || NewImage::try_from(Image::new(ImageId::random(), Timestamp::now())).unwrap();
        let size = image().size();
        let store = Memory::new().with_max_bytes(2 * size);
        let [one, other] = [
            store.create(image(), &by).await.unwrap(),
            store.create(image(), &by).await.unwrap(),
        ];
        assert!(matches!(
            store.create(image(), &by).await,
            Err(CreateError::Store(StoreError::Unavailable(_)))
        ));
        let grow = |image: &mut Image| {
            image.name = Some("x".parse().unwrap());
            Ok(())
        };
        let grown = store.change(one.id(), &by, &grow).await;
        assert!(matches!(
            grown,
            Err(ChangeError::Store(StoreError::Unavailable(_)))
        ));
        let hide = |image: &mut Image| {
            image.hidden = true;
            Ok(())
        };
        assert!(
            store.change(one.id(), &by, &hide).await.is_ok(),
            "hiding an image does not make it larger"
        );
        store.delete(other.id(), &by, &|_| Ok(())).await.unwrap();
        assert!(store.change(one.id(), &by, &grow).await.is_ok());
    }
}

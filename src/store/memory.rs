//! The store in memory: as fast as it gets, and empty again after a restart.
//!
//! One lock, never held over an await. Readers share the images, a change puts a new image in the place of the old one.

use std::collections::{BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;
use jiff::Timestamp;

use super::{
    Author, Change, ChangeError, Check, CreateError, ImageQuery, ImageStore, ListError, Page, Sort,
    StoreError, StoredImage, changed,
};
use crate::image::{Image, ImageId, NewImage, Tag};

/// How often a change is tried without keeping the others waiting, before it is made under the lock.
const ATTEMPTS: u32 = 3;

/// Images in memory.
#[derive(Debug)]
pub struct Memory {
    images: RwLock<Images>,
    /// How large all images together may become, in bytes.
    max_bytes: usize,
}

/// Ids by the time of creation, oldest first; the usual list runs through them backwards.
type ByAge = BTreeSet<(Timestamp, ImageId)>;

#[derive(Debug, Default)]
struct Images {
    all: HashMap<ImageId, Arc<Image>>,
    by_age: ByAge,
    by_tag: HashMap<Tag, ByAge>,
    /// The sizes of all images together.
    bytes: usize,
}

impl Images {
    /// Puts `image` in the place of the one with its id, if there is one.
    fn put(&mut self, image: Image) -> Arc<Image> {
        let image = Arc::new(image);
        let place = (image.created_at(), image.id());
        let before = self.all.insert(image.id(), Arc::clone(&image));
        self.bytes += image.size();
        self.bytes -= before.as_ref().map_or(0, |before| before.size());
        let old_tags = before.as_ref().map(|image| &image.tags);
        for tag in image
            .tags
            .iter()
            .filter(|tag| !old_tags.is_some_and(|tags| tags.contains(*tag)))
        {
            self.by_tag.entry(tag.clone()).or_default().insert(place);
        }
        for tag in old_tags
            .into_iter()
            .flatten()
            .filter(|tag| !image.tags.contains(*tag))
        {
            self.forget_tag(tag, place);
        }
        if before.is_none() {
            self.by_age.insert(place);
        }
        image
    }

    fn remove(&mut self, id: ImageId) {
        if let Some(image) = self.all.remove(&id) {
            let place = (image.created_at(), id);
            self.bytes -= image.size();
            self.by_age.remove(&place);
            for tag in &image.tags {
                self.forget_tag(tag, place);
            }
        }
    }

    fn forget_tag(&mut self, tag: &Tag, place: (Timestamp, ImageId)) {
        if let Some(places) = self.by_tag.get_mut(tag) {
            places.remove(&place);
            if places.is_empty() {
                self.by_tag.remove(tag);
            }
        }
    }

    /// The smallest set that has all images with these tags in it; `None` if there are none.
    fn candidates(&self, tags: &BTreeSet<Tag>) -> Option<&ByAge> {
        let mut smallest = &self.by_age;
        for tag in tags {
            let places = self.by_tag.get(tag)?;
            if places.len() < smallest.len() {
                smallest = places;
            }
        }
        Some(smallest)
    }
}

impl Memory {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::holding([])
    }

    /// A store that holds `images`, each with an id of its own.
    #[must_use]
    pub fn holding(images: impl IntoIterator<Item = Image>) -> Self {
        let mut held = Images::default();
        for image in images {
            held.put(image.measured());
        }
        Self {
            images: RwLock::new(held),
            max_bytes: usize::MAX,
        }
    }

    /// The same store, whose images may become so many bytes large together. Past that no image is created or grows; one may
    /// still shrink or be deleted.
    #[must_use]
    pub fn with_max_bytes(self, max_bytes: usize) -> Self {
        Self { max_bytes, ..self }
    }

    /// Whether there is room for an image of `size` in the place of one of the size `before`.
    fn check_room(&self, images: &Images, size: usize, before: usize) -> Result<(), StoreError> {
        if size <= before || images.bytes.saturating_add(size - before) <= self.max_bytes {
            return Ok(());
        }
        Err(StoreError::Unavailable(
            "the store in memory is full: store.max_bytes".into(),
        ))
    }

    // A panic under the lock cannot leave an image half changed, so a poisoned lock is as good as any.
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
        Ok(self.read().all.get(&id).cloned().map(Into::into))
    }

    async fn list(&self, query: &ImageQuery) -> Result<Page, ListError> {
        let images = self.read();
        let marker = match query.marker.map(|id| images.all.get(&id)) {
            None => None,
            Some(Some(image)) if query.viewer.sees(image) => Some(image),
            Some(_) => return Err(ListError::NoSuchMarker),
        };
        let Some(candidates) = images.candidates(&query.tags) else {
            return Ok(Page::default());
        };
        let newest_first = query.sort == Sort::newest_first();
        let end = match marker {
            Some(image) if newest_first => Bound::Excluded((image.created_at(), image.id())),
            _ => Bound::Unbounded,
        };
        let found = (candidates.range((Bound::Unbounded, end)).rev())
            .filter_map(|(_, id)| images.all.get(id))
            .filter(|image| query.matches(image));
        if newest_first {
            return Ok(Page::of(found.cloned(), query.limit));
        }
        let comes_after = |image: &&Arc<Image>| {
            marker.is_none_or(|marker| query.sort.compare(image, marker).is_gt())
        };
        let mut found: Vec<_> = found.filter(comes_after).cloned().collect();
        // Writers need not wait for the sorting.
        drop(images);
        found.sort_by(|one, other| query.sort.compare(one, other));
        Ok(Page::of(found, query.limit))
    }

    async fn all(&self, after: Option<ImageId>, limit: usize) -> Result<Page, StoreError> {
        let images = self.read();
        let mut found: Vec<_> = images
            .all
            .values()
            .filter(|image| Some(image.id()) > after)
            .cloned()
            .collect();
        drop(images);
        found.sort_unstable_by_key(|image| image.id());
        Ok(Page::of(found, limit))
    }

    async fn create(&self, image: NewImage, _by: &Author<'_>) -> Result<StoredImage, CreateError> {
        let mut images = self.write();
        if images.all.contains_key(&image.id()) {
            return Err(CreateError::Exists);
        }
        self.check_room(&images, image.size(), 0)?;
        Ok(images.put(image.into_image()).into())
    }

    async fn change(
        &self,
        id: ImageId,
        _by: &Author<'_>,
        change: Change<'_>,
    ) -> Result<StoredImage, ChangeError> {
        for _ in 0..ATTEMPTS {
            // Most requests change nothing or are refused: they need no more than to read.
            let before = self
                .read()
                .all
                .get(&id)
                .cloned()
                .ok_or(ChangeError::NoSuchImage)?;
            let Some(after) = changed(&before, change)? else {
                return Ok(before.into());
            };

            let mut images = self.write();
            let current = images.all.get(&id).ok_or(ChangeError::NoSuchImage)?;
            if Arc::ptr_eq(current, &before) {
                self.check_room(&images, after.size(), before.size())?;
                return Ok(images.put(after).into());
            }
            // Somebody else was faster: once more, on what they made of the image.
        }
        let mut images = self.write();
        let current = images.all.get(&id).ok_or(ChangeError::NoSuchImage)?;
        match changed(current, change)? {
            Some(after) => {
                self.check_room(&images, after.size(), current.size())?;
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
        check(images.all.get(&id).ok_or(ChangeError::NoSuchImage)?)?;
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
    use super::*;

    #[tokio::test]
    async fn a_full_store_takes_no_more_and_goes_on_when_there_is_room() {
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
            "it does not grow by that"
        );
        store.delete(other.id(), &by, &|_| Ok(())).await.unwrap();
        assert!(store.change(one.id(), &by, &grow).await.is_ok());
    }

    #[test]
    fn nothing_is_left_of_images_and_tags_that_are_gone() {
        let mut image = Image::new(ImageId::random(), Timestamp::now());
        image.tags = ["a", "b"].map(|tag| tag.parse().unwrap()).into();
        let mut images = Images::default();
        images.put(image.clone());
        image.tags = ["b", "c"].map(|tag| tag.parse().unwrap()).into();
        images.put(image.clone());
        let tags: BTreeSet<_> = images.by_tag.keys().cloned().collect();
        assert_eq!(tags, image.tags);
        images.remove(image.id());
        assert!(images.all.is_empty() && images.by_age.is_empty() && images.by_tag.is_empty());
        assert_eq!(images.bytes, 0);
    }
}

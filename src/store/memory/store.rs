//! [`Memory`]: the images behind one lock.

use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;
use jiff::Timestamp;

use super::by_age::age;
use super::merge::newest_first_of;
use super::state::State;
use crate::image::{Image, ImageId, ScopedTag, Tag, TagEvent};
use crate::store::contract::{Author, ImageStore, Write};
use crate::store::draft::{Selection, Snapshot};
use crate::store::error::{ListError, StoreError, WriteError};
use crate::store::plan::{Decision, ImageWrite, MAX_READS, Plan, SelectionError, decide};
use crate::store::query::{EventPage, HistoryQuery, ImageQuery, Pruned, Sort, TagPage, TagQuery};
use crate::store::statistics::StoreStatistics;
use crate::store::stored::{Page, StoredImage, Written};

/// How often a write is decided outside of the write lock, the runs that ask for more included.
/// After that it is decided under the write lock.
const MAX_OPTIMISTIC_ATTEMPTS: u32 = 6;

/// The part of `max_bytes` that the history of tags may take: the oldest events go first.
const HISTORY_PART: usize = 16;

/// A store in memory.
#[derive(Debug)]
pub struct Memory {
    state: RwLock<State>,
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
        let mut state = State::default();
        for image in images {
            state.images.put(&mut Arc::new(image.measured()));
        }
        Self {
            state: RwLock::new(state),
            max_bytes: usize::MAX,
        }
    }

    /// Limits the size of all images together to `max_bytes`. A store at its limit creates no image
    /// and lets none grow; images may still shrink and be deleted. The history of tags takes at
    /// most a sixteenth of that in addition.
    #[must_use]
    pub fn with_max_bytes(self, max_bytes: usize) -> Self {
        let history_bytes = max_bytes / HISTORY_PART;
        self.write().history.set_max_bytes(history_bytes);
        Self { max_bytes, ..self }
    }

    /// Carries out `plan`, all of it or nothing, and returns its events.
    fn commit(
        &self,
        state: &mut State,
        plan: &mut Plan,
        by: &Author<'_>,
    ) -> Result<Vec<TagEvent>, WriteError> {
        let sizes = plan.writes.iter().map(ImageWrite::sizes);
        let (before, after) = sizes.fold((0, 0), |sum, size| (sum.0 + size.0, sum.1 + size.1));
        let free = self.max_bytes.saturating_sub(state.images.bytes());
        if after > before && after - before > free {
            let full = "the store in memory is full: store.max_bytes";
            return Err(StoreError::Unavailable(full.into()).into());
        }
        state.apply(plan, by)
    }

    // A write checks everything before it changes anything, so a panic under the lock cannot leave
    // it half done, and a poisoned lock is safe to use.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl ImageStore for Memory {
    async fn image(&self, id: ImageId) -> Result<Option<StoredImage>, StoreError> {
        Ok(self.read().images.get(id).cloned().map(Into::into))
    }

    async fn list(&self, query: &ImageQuery) -> Result<Page, ListError> {
        let state = self.read();
        let images = &state.images;
        let marker = match query.marker.map(|id| images.get(id)) {
            None => None,
            Some(Some(image)) if query.viewer.sees(image) => Some(image),
            Some(_) => return Err(ListError::NoSuchMarker),
        };
        let candidates = images.candidates(&query.tags, query.any_tags.as_ref());
        let is_newest_first = query.sort == Sort::newest_first();
        let end = match marker {
            Some(image) if is_newest_first => Bound::Excluded(age(image)),
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
        drop(state);
        found.sort_by(|one, other| query.sort.compare(one, other));
        Ok(Page::filled(found, query.limit))
    }

    async fn all(&self, after: Option<ImageId>, limit: usize) -> Result<Page, StoreError> {
        let state = self.read();
        let images = state.images.iter();
        let mut found: Vec<_> = images
            .filter(|image| Some(image.id()) > after)
            .cloned()
            .collect();
        drop(state);
        found.sort_unstable_by_key(|image| image.id());
        Ok(Page::filled(found, limit))
    }

    async fn write(&self, by: &Author<'_>, write: Write<'_>) -> Result<Written, WriteError> {
        let mut selection = Selection::default();
        let mut snapshot = Snapshot::default();
        for _ in 0..MAX_OPTIMISTIC_ATTEMPTS {
            // Most calls are refused or change nothing: a read lock is enough for them.
            let mut plan = match decide(&snapshot, write)? {
                Decision::Write(plan) => plan,
                Decision::Incomplete(missing) => {
                    selection.extend(missing);
                    snapshot = self.read().snapshot(&selection)?;
                    continue;
                }
            };
            if plan.writes.is_empty() {
                return Ok(snapshot.into_written(&plan, Vec::new()));
            }
            let mut state = self.write();
            if state.is_still(&snapshot) {
                let events = self.commit(&mut state, &mut plan, by)?;
                return Ok(snapshot.into_written(&plan, events));
            }
            // Another write came first: try again on its result.
            snapshot = state.snapshot(&selection)?;
        }
        let mut state = self.write();
        for _ in 0..MAX_READS {
            snapshot = state.snapshot(&selection)?;
            match decide(&snapshot, write)? {
                Decision::Incomplete(missing) => selection.extend(missing),
                Decision::Write(mut plan) => {
                    let events = self.commit(&mut state, &mut plan, by)?;
                    return Ok(snapshot.into_written(&plan, events));
                }
            }
        }
        Err(StoreError::Internal(SelectionError.into()).into())
    }

    fn accepts_changes(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn statistics(&self) -> Option<StoreStatistics> {
        None
    }

    async fn tags(&self, query: &TagQuery) -> Result<TagPage, StoreError> {
        Ok(self.read().images.tags(query))
    }

    async fn history(&self, query: &HistoryQuery) -> Result<EventPage, StoreError> {
        Ok(self.read().event_page(query))
    }

    async fn latest_additions(
        &self,
        tag: &Tag,
        images: &[ImageId],
    ) -> Result<Vec<Option<TagEvent>>, StoreError> {
        let state = self.read();
        let additions = images
            .iter()
            .map(|image| state.latest_addition(tag, *image));
        Ok(additions.collect())
    }

    async fn last_event(&self, tag: &ScopedTag) -> Result<u64, StoreError> {
        Ok(self.read().history.last_event(tag))
    }

    async fn events_after(&self, after: u64, limit: usize) -> Result<EventPage, StoreError> {
        let state = self.read();
        let events = state.history.after(after).map(|event| (**event).clone());
        Ok(EventPage::filled(events, limit))
    }

    async fn import_events(&self, events: &[TagEvent]) -> Result<usize, StoreError> {
        Ok(self.write().import(events))
    }

    async fn prune_history(
        &self,
        before: Timestamp,
        after: u64,
        limit: usize,
    ) -> Result<Pruned, StoreError> {
        Ok(self.write().prune(before, after, limit))
    }

    async fn reset(&self, images: &[Image]) -> bool {
        let new = Self::with_images(images.iter().cloned()).with_max_bytes(self.max_bytes);
        let new = new
            .state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        // What was there is freed outside of the lock.
        let old = std::mem::replace(&mut *self.write(), new);
        drop(old);
        true
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
    use crate::image::NewImage;

    #[tokio::test]
    async fn a_full_store_refuses_growth_until_an_image_is_deleted() {
        let by = Author::without_request("user");
        let image = || NewImage::try_from(Image::new(ImageId::random(), Timestamp::now())).unwrap();
        let size = image().size();
        let store = Memory::new().with_max_bytes(2 * size);
        let [one, other] = [
            store.create(image(), &by).await.unwrap(),
            store.create(image(), &by).await.unwrap(),
        ];
        assert!(matches!(
            store.create(image(), &by).await,
            Err(WriteError::Store(StoreError::Unavailable(_)))
        ));
        let grow = |image: &mut Image| {
            image.name = Some("x".parse().unwrap());
            Ok(())
        };
        let grown = store.change(one.id(), &by, &grow).await;
        assert!(matches!(
            grown,
            Err(WriteError::Store(StoreError::Unavailable(_)))
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

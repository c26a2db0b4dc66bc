//! [`Beside`]: the store and the Glance as one store.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use image_tags::image::{Image, ImageId, Refusal, ScopedTag, Tag, TagEvent, Tags};
use image_tags::store::{
    Author, Draft, EventPage, HistoryQuery, ImageQuery, ImageStore, ListError, Memory, Page,
    Pruned, StoreError, StoreStatistics, StoredImage, TagPage, TagQuery, Write, WriteError,
    Written,
};
use jiff::Timestamp;
use tokio::sync::Mutex;

use super::glance::Glance;
use super::revisions::Revisions;

/// The store and the Glance on one database.
#[derive(Debug)]
pub(super) struct Beside {
    store: Arc<dyn ImageStore>,
    glance: Mutex<Glance>,
    revisions: Revisions,
}

type Images = BTreeMap<ImageId, Arc<Image>>;

impl Beside {
    pub(super) fn new(store: Arc<dyn ImageStore>, glance: Glance) -> Self {
        Self {
            store,
            glance: Mutex::new(glance),
            revisions: Revisions::default(),
        }
    }

    /// Carries out a write of more than tags, in the order in which the service has it done: the
    /// store has not refused the tags, Glance does its part, and the tags of images that were there
    /// before follow. What becomes of the images is worked out in memory.
    async fn write_by_glance(
        &self,
        by: &Author<'_>,
        write: Write<'_>,
    ) -> Result<Written, WriteError> {
        let mut glance = self.glance.lock().await;
        let before = all_images(&*self.store).await?;
        let model = Memory::with_images(before.values().map(|image| (**image).clone()));
        model
            .import_events(&all_events(&*self.store).await?)
            .await?;
        let planned = model.write(by, write).await?;
        let after = all_images(&model).await?;

        let mut tags = Vec::new();
        for (id, old) in &before {
            match after.get(id) {
                Some(new) => {
                    glance.save(old, new).await;
                    if old.tags != new.tags {
                        tags.push((
                            *id,
                            without(&old.tags, &new.tags),
                            without(&new.tags, &old.tags),
                        ));
                    }
                }
                None => glance.delete(*id).await,
            }
        }
        for (id, new) in after.iter().filter(|(id, _)| !before.contains_key(id)) {
            self.revisions.forget(*id);
            glance.create(new).await;
        }
        let events = self.change_tags(by, &tags).await?;
        // Glance notes nothing in the history. The cases look at what was noted.
        let is_of_glance = |event: &&TagEvent| {
            before.contains_key(&event.image) != after.contains_key(&event.image)
        };
        let noted: Vec<_> = planned
            .events
            .iter()
            .filter(is_of_glance)
            .cloned()
            .collect();
        self.store.import_events(&noted).await?;

        let mut images = Vec::new();
        for image in &planned.images {
            let image = self.store.image(image.id()).await?;
            images.extend(image.map(|image| image.image));
        }
        Ok(Written {
            images,
            events,
            carriers: planned.carriers,
            ..Written::default()
        })
    }

    /// Removes tags from images, and adds some to them.
    async fn change_tags(
        &self,
        by: &Author<'_>,
        changes: &[(ImageId, Vec<Tag>, Vec<Tag>)],
    ) -> Result<Vec<TagEvent>, WriteError> {
        if changes.is_empty() {
            return Ok(Vec::new());
        }
        let change = |draft: &mut Draft<'_>| {
            for (id, removed, added) in changes {
                let image = draft.image(*id)?;
                for tag in removed {
                    image.tags.remove(tag);
                }
                for tag in added {
                    image.tags.insert(tag.clone());
                }
            }
            Ok(())
        };
        Ok(self.store.write(by, &change).await?.events)
    }

    /// The image with the number of its changes. Its size is at least that which is measured.
    fn counted(&self, image: &Image) -> Arc<Image> {
        let counted = self.revisions.count(image);
        assert!(image.size() >= counted.size(), "{image:?}");
        Arc::new(counted)
    }

    fn all_counted(&self, images: &[Arc<Image>]) -> Vec<Arc<Image>> {
        images.iter().map(|image| self.counted(image)).collect()
    }

    fn counted_page(&self, page: Page) -> Page {
        Page {
            images: self.all_counted(&page.images),
            ..page
        }
    }
}

/// Those of `tags` that are not among `others`.
fn without(tags: &Tags, others: &Tags) -> Vec<Tag> {
    let tags = tags.iter().filter(|tag| !others.contains(tag));
    tags.cloned().collect()
}

async fn all_images(store: &dyn ImageStore) -> Result<Images, StoreError> {
    let mut images = Images::new();
    loop {
        let after = images.keys().next_back().copied();
        let page = store.all(after, 1000).await?;
        images.extend(page.images.into_iter().map(|image| (image.id(), image)));
        if !page.more {
            return Ok(images);
        }
    }
}

async fn all_events(store: &dyn ImageStore) -> Result<Vec<TagEvent>, StoreError> {
    let mut events: Vec<TagEvent> = Vec::new();
    loop {
        let after = events.last().map_or(0, |event| event.id);
        let page = store.events_after(after, 1000).await?;
        events.extend(page.events);
        if !page.more {
            return Ok(events);
        }
    }
}

#[async_trait]
impl ImageStore for Beside {
    async fn image(&self, id: ImageId) -> Result<Option<StoredImage>, StoreError> {
        let image = self.store.image(id).await?;
        if image.is_none() {
            // A tag that was acknowledged after the deletion would be one of a deleted image.
            assert!(!self.glance.lock().await.has_left_tags(id).await, "{id}");
        }
        Ok(image.map(|stored| StoredImage {
            image: self.counted(&stored),
            ..stored
        }))
    }

    async fn list(&self, query: &ImageQuery) -> Result<Page, ListError> {
        Ok(self.counted_page(self.store.list(query).await?))
    }

    async fn all(&self, after: Option<ImageId>, limit: usize) -> Result<Page, StoreError> {
        Ok(self.counted_page(self.store.all(after, limit).await?))
    }

    async fn write(&self, by: &Author<'_>, write: Write<'_>) -> Result<Written, WriteError> {
        let written = match self.store.write(by, write).await {
            Err(WriteError::Refused(Refusal::OfGlance)) => self.write_by_glance(by, write).await,
            outcome => outcome,
        }?;
        Ok(Written {
            images: self.all_counted(&written.images),
            ..written
        })
    }

    fn accepts_changes(&self) -> Result<(), StoreError> {
        self.store.accepts_changes()
    }

    fn statistics(&self) -> Option<StoreStatistics> {
        self.store.statistics()
    }

    async fn tags(&self, query: &TagQuery) -> Result<TagPage, StoreError> {
        self.store.tags(query).await
    }

    async fn history(&self, query: &HistoryQuery) -> Result<EventPage, StoreError> {
        self.store.history(query).await
    }

    async fn latest_additions(
        &self,
        tag: &Tag,
        images: &[ImageId],
    ) -> Result<Vec<Option<TagEvent>>, StoreError> {
        self.store.latest_additions(tag, images).await
    }

    async fn last_event(&self, tag: &ScopedTag) -> Result<u64, StoreError> {
        self.store.last_event(tag).await
    }

    async fn events_after(&self, after: u64, limit: usize) -> Result<EventPage, StoreError> {
        self.store.events_after(after, limit).await
    }

    async fn import_events(&self, events: &[TagEvent]) -> Result<usize, StoreError> {
        self.store.import_events(events).await
    }

    async fn prune_history(
        &self,
        before: Timestamp,
        after: u64,
        limit: usize,
    ) -> Result<Pruned, StoreError> {
        self.store.prune_history(before, after, limit).await
    }

    async fn reset(&self, images: &[Image]) -> bool {
        self.store.reset(images).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.store.ping().await
    }
}

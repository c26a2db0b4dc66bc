//! A store whose operations are measured.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use prometheus_client::registry::Registry;

use super::operation::{Operation, OperationMetrics};
use super::tags::TagMetrics;
use crate::image::{Image, ImageId, ScopedTag, Tag, TagEvent};
use crate::store::{
    Author, EventPage, HistoryQuery, ImageQuery, ImageStore, ListError, Page, Pruned, StoreError,
    StoreStatistics, StoredImage, TagPage, TagQuery, Write, WriteError, Written,
};

/// Measures every operation of another store, and counts what its writes do to tags.
#[derive(Debug)]
pub(super) struct MeasuredStore {
    store: Arc<dyn ImageStore>,
    tags_of_writes: TagMetrics,
    image: Operation,
    list: Operation,
    all: Operation,
    write: Operation,
    tags: Operation,
    history: Operation,
    latest_additions: Operation,
    last_event: Operation,
    events_after: Operation,
    import_events: Operation,
    prune_history: Operation,
    ping: Operation,
}

impl MeasuredStore {
    pub(super) fn register(registry: &mut Registry, store: Arc<dyn ImageStore>) -> Self {
        let metrics = OperationMetrics::register(registry);
        Self {
            store,
            tags_of_writes: TagMetrics::register(registry),
            image: metrics.operation("image"),
            list: metrics.operation("list"),
            all: metrics.operation("all"),
            write: metrics.operation("write"),
            tags: metrics.operation("tags"),
            history: metrics.operation("history"),
            latest_additions: metrics.operation("latest_additions"),
            last_event: metrics.operation("last_event"),
            events_after: metrics.operation("events_after"),
            import_events: metrics.operation("import_events"),
            prune_history: metrics.operation("prune_history"),
            // Health checks ping in a task of their own, which nothing else ends early.
            ping: metrics.operation("ping").cancelled_by_timeout(),
        }
    }
}

#[async_trait]
impl ImageStore for MeasuredStore {
    async fn image(&self, id: ImageId) -> Result<Option<StoredImage>, StoreError> {
        self.image.measure(self.store.image(id)).await
    }

    async fn list(&self, query: &ImageQuery) -> Result<Page, ListError> {
        self.list.measure(self.store.list(query)).await
    }

    async fn all(&self, after: Option<ImageId>, limit: usize) -> Result<Page, StoreError> {
        self.all.measure(self.store.all(after, limit)).await
    }

    async fn write(&self, by: &Author<'_>, write: Write<'_>) -> Result<Written, WriteError> {
        let outcome = self.write.measure(self.store.write(by, write)).await;
        self.tags_of_writes.count(&outcome);
        outcome
    }

    fn accepts_changes(&self) -> Result<(), StoreError> {
        self.store.accepts_changes()
    }

    fn statistics(&self) -> Option<StoreStatistics> {
        self.store.statistics()
    }

    async fn tags(&self, query: &TagQuery) -> Result<TagPage, StoreError> {
        self.tags.measure(self.store.tags(query)).await
    }

    async fn history(&self, query: &HistoryQuery) -> Result<EventPage, StoreError> {
        self.history.measure(self.store.history(query)).await
    }

    async fn latest_additions(
        &self,
        tag: &Tag,
        images: &[ImageId],
    ) -> Result<Vec<Option<TagEvent>>, StoreError> {
        let call = self.store.latest_additions(tag, images);
        self.latest_additions.measure(call).await
    }

    async fn last_event(&self, tag: &ScopedTag) -> Result<u64, StoreError> {
        self.last_event.measure(self.store.last_event(tag)).await
    }

    async fn events_after(&self, after: u64, limit: usize) -> Result<EventPage, StoreError> {
        let call = self.store.events_after(after, limit);
        self.events_after.measure(call).await
    }

    async fn import_events(&self, events: &[TagEvent]) -> Result<usize, StoreError> {
        let call = self.store.import_events(events);
        self.import_events.measure(call).await
    }

    async fn prune_history(
        &self,
        before: Timestamp,
        after: u64,
        limit: usize,
    ) -> Result<Pruned, StoreError> {
        let call = self.store.prune_history(before, after, limit);
        self.prune_history.measure(call).await
    }

    async fn reset(&self, images: &[Image]) -> bool {
        self.store.reset(images).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.ping.measure(self.store.ping()).await
    }
}

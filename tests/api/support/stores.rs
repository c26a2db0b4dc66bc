//! A store that injects faults.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use image_tags::budget::Budget;
use image_tags::image::{Image, ImageId, ScopedTag, Tag, TagEvent};
use image_tags::store::{
    Author, EventPage, HistoryQuery, ImageQuery, ImageStore, ListError, Memory, Page, Pruned,
    StoreError, StoreStatistics, StoredImage, TagPage, TagQuery, Write, WriteError, Written,
};
use jiff::Timestamp;

/// The fault of a [`Faulty`] store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Unavailable,
    /// The memory budget is exhausted.
    Overloaded,
    Internal,
    Panic,
    /// Delays every operation.
    Slow(Duration),
}

/// A store in memory with a fault.
#[derive(Debug)]
pub struct Faulty {
    pub fault: Fault,
    pub inner: Memory,
    /// The number of calls of `ping`.
    pub pings: AtomicUsize,
}

impl Faulty {
    pub fn new(fault: Fault, inner: Memory) -> Self {
        Self {
            fault,
            inner,
            pings: AtomicUsize::new(0),
        }
    }

    async fn fault(&self) -> Result<(), StoreError> {
        match self.fault {
            Fault::Unavailable => Err(StoreError::Unavailable(
                "the secret address does not answer".into(),
            )),
            Fault::Overloaded => Ok(Budget::new(0).try_reserve(1).map(drop)?),
            Fault::Internal => Err(StoreError::Internal("the secret table is broken".into())),
            Fault::Panic => panic!("the secret invariant does not hold"),
            Fault::Slow(time) => {
                tokio::time::sleep(time).await;
                Ok(())
            }
        }
    }
}

#[async_trait]
impl ImageStore for Faulty {
    async fn image(&self, id: ImageId) -> Result<Option<StoredImage>, StoreError> {
        self.fault().await?;
        self.inner.image(id).await
    }

    async fn list(&self, query: &ImageQuery) -> Result<Page, ListError> {
        self.fault().await?;
        self.inner.list(query).await
    }

    async fn all(&self, after: Option<ImageId>, limit: usize) -> Result<Page, StoreError> {
        self.fault().await?;
        self.inner.all(after, limit).await
    }

    async fn write(&self, by: &Author<'_>, write: Write<'_>) -> Result<Written, WriteError> {
        self.fault().await?;
        self.inner.write(by, write).await
    }

    fn accepts_changes(&self) -> Result<(), StoreError> {
        self.inner.accepts_changes()
    }

    fn statistics(&self) -> Option<StoreStatistics> {
        self.inner.statistics()
    }

    async fn tags(&self, query: &TagQuery) -> Result<TagPage, StoreError> {
        self.fault().await?;
        self.inner.tags(query).await
    }

    async fn history(&self, query: &HistoryQuery) -> Result<EventPage, StoreError> {
        self.fault().await?;
        self.inner.history(query).await
    }

    async fn latest_additions(
        &self,
        tag: &Tag,
        images: &[ImageId],
    ) -> Result<Vec<Option<TagEvent>>, StoreError> {
        self.fault().await?;
        self.inner.latest_additions(tag, images).await
    }

    async fn last_event(&self, tag: &ScopedTag) -> Result<u64, StoreError> {
        self.fault().await?;
        self.inner.last_event(tag).await
    }

    async fn events_after(&self, after: u64, limit: usize) -> Result<EventPage, StoreError> {
        self.fault().await?;
        self.inner.events_after(after, limit).await
    }

    async fn import_events(&self, events: &[TagEvent]) -> Result<usize, StoreError> {
        self.fault().await?;
        self.inner.import_events(events).await
    }

    async fn prune_history(
        &self,
        before: Timestamp,
        after: u64,
        limit: usize,
    ) -> Result<Pruned, StoreError> {
        self.fault().await?;
        self.inner.prune_history(before, after, limit).await
    }

    /// It is none in memory: it has a fault.
    async fn reset(&self, _: &[Image]) -> bool {
        false
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.pings.fetch_add(1, Ordering::SeqCst);
        self.fault().await
    }
}

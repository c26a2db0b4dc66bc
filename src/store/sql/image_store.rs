//! [`ImageStore`] for a database: each operation as attempts that are retried.

use async_trait::async_trait;
use jiff::Timestamp;

use super::attempts::Wanted;
use super::store::Sql;
use crate::image::{Image, ImageId, ScopedTag, Tag, TagEvent};
use crate::store::contract::{Author, ImageStore, Write};
use crate::store::error::{ListError, StoreError, WriteError};
use crate::store::query::{EventPage, HistoryQuery, ImageQuery, Pruned, TagPage, TagQuery};
use crate::store::statistics::StoreStatistics;
use crate::store::stored::{Page, StoredImage, Written};

#[async_trait]
impl ImageStore for Sql {
    async fn image(&self, id: ImageId) -> Result<Option<StoredImage>, StoreError> {
        self.with_retry(|_, size_limit| self.try_read(id, size_limit))
            .await
    }

    async fn list(&self, query: &ImageQuery) -> Result<Page, ListError> {
        self.with_retry(|_, size_limit| self.try_list(query, size_limit))
            .await
    }

    async fn all(&self, after: Option<ImageId>, limit: usize) -> Result<Page, StoreError> {
        self.with_retry(|_, size_limit| self.try_all(after, limit, size_limit))
            .await
    }

    async fn write(&self, by: &Author<'_>, write: Write<'_>) -> Result<Written, WriteError> {
        let wanted = Wanted::default();
        self.with_retry(|locked, size_limit| self.try_write(by, write, &wanted, locked, size_limit))
            .await
    }

    fn accepts_changes(&self) -> Result<(), StoreError> {
        self.gate.pass()
    }

    fn statistics(&self) -> Option<StoreStatistics> {
        Some(StoreStatistics {
            pool: self.database.pool_statistics(),
            retries: self.retries.counts(),
        })
    }

    async fn tags(&self, query: &TagQuery) -> Result<TagPage, StoreError> {
        self.with_retry(|_, _| self.try_tags(query)).await
    }

    async fn history(&self, query: &HistoryQuery) -> Result<EventPage, StoreError> {
        self.with_retry(|_, _| self.try_history(query)).await
    }

    async fn latest_additions(
        &self,
        tag: &Tag,
        images: &[ImageId],
    ) -> Result<Vec<Option<TagEvent>>, StoreError> {
        self.with_retry(|_, _| self.try_latest_additions(tag, images))
            .await
    }

    async fn last_event(&self, tag: &ScopedTag) -> Result<u64, StoreError> {
        self.with_retry(|_, _| self.try_last_event(tag)).await
    }

    async fn events_after(&self, after: u64, limit: usize) -> Result<EventPage, StoreError> {
        self.with_retry(|_, _| self.try_events_after(after, limit))
            .await
    }

    async fn import_events(&self, events: &[TagEvent]) -> Result<usize, StoreError> {
        self.with_retry(|_, _| self.try_import_events(events)).await
    }

    async fn prune_history(
        &self,
        before: Timestamp,
        after: u64,
        limit: usize,
    ) -> Result<Pruned, StoreError> {
        self.with_retry(|_, _| self.try_prune_history(before, after, limit))
            .await
    }

    async fn reset(&self, _: &[Image]) -> bool {
        false
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.with_timeout(async { Ok(self.database.ping().await?) })
            .await
    }
}

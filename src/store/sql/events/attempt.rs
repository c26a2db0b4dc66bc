//! One attempt at each operation on the history.

use jiff::Timestamp;

use super::{import, latest, page, prune};
use crate::image::{ImageId, ScopedTag, Tag, TagEvent};
use crate::store::error::StoreError;
use crate::store::query::{EventPage, HistoryQuery, Pruned};
use crate::store::sql::error::{Attempt, SqlError};
use crate::store::sql::history;
use crate::store::sql::pool::Connection;
use crate::store::sql::store::Sql;
use crate::store::sql::transaction::begin;
use crate::store::sql::write_queue::WritePermit;

impl Sql {
    pub(in crate::store::sql) async fn try_history(
        &self,
        query: &HistoryQuery,
    ) -> Attempt<EventPage, StoreError> {
        let mut connection = self.pool.acquire().await?;
        let page = page::page(&mut connection, query).await;
        connection.finish(page).await.map(Ok)
    }

    pub(in crate::store::sql) async fn try_latest_additions(
        &self,
        tag: &Tag,
        images: &[ImageId],
    ) -> Attempt<Vec<Option<TagEvent>>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        let additions = latest::additions(&mut connection, tag, images).await;
        connection.finish(additions).await.map(Ok)
    }

    pub(in crate::store::sql) async fn try_last_event(
        &self,
        tag: &ScopedTag,
    ) -> Attempt<u64, StoreError> {
        let mut connection = self.pool.acquire().await?;
        let last = history::last_event(&mut connection, tag).await;
        connection.finish(last).await.map(Ok)
    }

    pub(in crate::store::sql) async fn try_events_after(
        &self,
        after: u64,
        limit: usize,
    ) -> Attempt<EventPage, StoreError> {
        let mut connection = self.pool.acquire().await?;
        let page = page::after(&mut connection, after, limit).await;
        connection.finish(page).await.map(Ok)
    }

    pub(in crate::store::sql) async fn try_import_events(
        &self,
        events: &[TagEvent],
    ) -> Attempt<usize, StoreError> {
        self.in_transaction(async |connection| import::import(connection, events).await)
            .await
            .map(Ok)
    }

    pub(in crate::store::sql) async fn try_prune_history(
        &self,
        before: Timestamp,
        after: u64,
        limit: usize,
    ) -> Attempt<Pruned, StoreError> {
        let mut connection = self.pool.acquire().await?;
        // It takes a while: other writers do not wait for it.
        let found = prune::find(&mut connection, before, after, limit).await;
        let found = connection.finish(found).await?;
        if found.superfluous.is_empty() && found.next.is_some() {
            let (removed, next) = (0, found.next);
            return Ok(Ok(Pruned { removed, next }));
        }
        self.in_transaction(async |connection| prune::remove(connection, &found).await)
            .await
            .map(Ok)
    }

    /// Runs `write` in a transaction, and commits it.
    async fn in_transaction<T>(
        &self,
        write: impl AsyncFnOnce(&mut Connection<'_>) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let permit = self.write_permit().await?;
        let mut connection = self.pool.acquire().await?;
        let outcome = match begin(&mut connection, permit.as_ref()).await {
            Ok(()) => write(&mut connection).await,
            Err(error) => Err(error),
        };
        match outcome {
            Ok(answer) => {
                connection.commit().await?;
                permit.iter().for_each(WritePermit::note_progress);
                Ok(answer)
            }
            Err(error) => Err(connection.fail(error).await),
        }
    }
}

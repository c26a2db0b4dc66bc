//! One attempt at each operation on the history.

use jiff::Timestamp;

use super::attempt::Attempt;
use crate::image::{ImageId, ScopedTag, Tag, TagEvent};
use crate::store::error::StoreError;
use crate::store::query::{EventPage, HistoryQuery, Pruned};
use crate::store::sql::drivers::{Connection, SqlError};
use crate::store::sql::store::Sql;
use crate::store::sql::tables::{events, history};

impl Sql {
    pub(in crate::store::sql) async fn try_history(
        &self,
        query: &HistoryQuery,
    ) -> Attempt<EventPage, StoreError> {
        let mut connection = self.database.acquire().await?;
        let page = events::page(&mut connection, query).await;
        connection.finish(page).await.map(Ok)
    }

    pub(in crate::store::sql) async fn try_latest_additions(
        &self,
        tag: &Tag,
        images: &[ImageId],
    ) -> Attempt<Vec<Option<TagEvent>>, StoreError> {
        let mut connection = self.database.acquire().await?;
        let additions = events::latest_additions(&mut connection, tag, images).await;
        connection.finish(additions).await.map(Ok)
    }

    pub(in crate::store::sql) async fn try_last_event(
        &self,
        tag: &ScopedTag,
    ) -> Attempt<u64, StoreError> {
        let mut connection = self.database.acquire().await?;
        let last = history::last_event(&mut connection, tag).await;
        connection.finish(last).await.map(Ok)
    }

    pub(in crate::store::sql) async fn try_events_after(
        &self,
        after: u64,
        limit: usize,
    ) -> Attempt<EventPage, StoreError> {
        let mut connection = self.database.acquire().await?;
        let page = events::after(&mut connection, after, limit).await;
        connection.finish(page).await.map(Ok)
    }

    pub(in crate::store::sql) async fn try_import_events(
        &self,
        events: &[TagEvent],
    ) -> Attempt<usize, StoreError> {
        self.in_transaction(async |connection| events::import(connection, events).await)
            .await
            .map(Ok)
    }

    pub(in crate::store::sql) async fn try_prune_history(
        &self,
        before: Timestamp,
        after: u64,
        limit: usize,
    ) -> Attempt<Pruned, StoreError> {
        let mut connection = self.database.acquire().await?;
        // It takes a while: other writers do not wait for it.
        let found = events::find_superfluous(&mut connection, before, after, limit).await;
        let found = connection.finish(found).await?;
        if found.is_empty() && found.next.is_some() {
            let (removed, next) = (0, found.next);
            return Ok(Ok(Pruned { removed, next }));
        }
        self.in_transaction(async |connection| events::remove(connection, &found).await)
            .await
            .map(Ok)
    }

    /// Runs `write` in a transaction, and commits it.
    async fn in_transaction<T>(
        &self,
        write: impl AsyncFnOnce(&mut Connection) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let mut transaction = self.database.begin().await?;
        match write(&mut transaction).await {
            Ok(answer) => {
                transaction.commit().await?;
                Ok(answer)
            }
            Err(error) => Err(transaction.fail(error).await),
        }
    }
}

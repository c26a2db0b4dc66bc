//! A client: one connection to a server, with its prepared statements.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::TryStreamExt as _;
use hashlink::LruCache;
use tokio_postgres::{Client, RowStream};
use tokio_util::task::AbortOnDropHandle;

use crate::store::sql::drivers::error::SqlError;
use crate::store::sql::drivers::session::EachRow;
use crate::store::sql::drivers::statement::{Statement, Value};

/// A connection through which a larger row passed, or larger values of a statement, is not kept.
const MAX_BUFFERED_BYTES: usize = 256 << 10;

/// The prepared statements by their texts.
type Statements = LruCache<Cow<'static, str>, tokio_postgres::Statement>;

/// A connection to a server. It ends when this is dropped, whatever the server is doing.
pub(super) struct PostgresClient {
    client: Client,
    statements: Mutex<Statements>,
    /// Whether so much passed through at once that its buffers have grown. The driver never shrinks
    /// them.
    has_grown: AtomicBool,
    _connection: AbortOnDropHandle<()>,
}

impl PostgresClient {
    /// A client that keeps at most `max_statements` prepared.
    pub(super) fn new(
        client: Client,
        connection: AbortOnDropHandle<()>,
        max_statements: usize,
    ) -> Self {
        Self {
            client,
            statements: Mutex::new(Statements::new(max_statements)),
            has_grown: AtomicBool::new(false),
            _connection: connection,
        }
    }

    /// Runs a query, and `each` for each of its rows. Several may run at the same time: the server
    /// takes them one after the other.
    pub(super) async fn fetch(
        &self,
        statement: &Statement,
        each: EachRow<'_>,
    ) -> Result<(), SqlError> {
        let mut rows = std::pin::pin!(self.query(statement).await?);
        while let Some(row) = rows.try_next().await? {
            self.note_size(row.raw_size_bytes());
            each(&row)?;
        }
        Ok(())
    }

    /// Runs a statement, and returns the number of rows that it affected.
    pub(super) async fn execute(&self, statement: &Statement) -> Result<u64, SqlError> {
        let mut rows = std::pin::pin!(self.query(statement).await?);
        while rows.try_next().await?.is_some() {}
        Ok(rows.rows_affected().unwrap_or_default())
    }

    /// Runs one or more statements without values.
    pub(super) async fn execute_script(&self, text: &str) -> Result<(), SqlError> {
        Ok(self.client.batch_execute(text).await?)
    }

    /// Tests whether the connection is alive.
    pub(super) async fn ping(&self) -> Result<(), SqlError> {
        Ok(self.client.check_connection().await?)
    }

    /// Whether the connection has ended.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Whether the buffers of the connection are large.
    pub(super) fn has_grown(&self) -> bool {
        self.has_grown.load(Ordering::Relaxed)
    }

    fn note_size(&self, bytes: usize) {
        if bytes > MAX_BUFFERED_BYTES {
            self.has_grown.store(true, Ordering::Relaxed);
        }
    }

    async fn query(&self, statement: &Statement) -> Result<RowStream, SqlError> {
        self.note_size(statement.values.iter().map(Value::size).sum());
        if !statement.is_worth_keeping() {
            let text = numbered(&statement.text);
            let values = statement.values.iter();
            let typed = values.map(|value| (value, value.postgres_type()));
            return Ok(self.client.query_typed_raw(&text, typed).await?);
        }
        let kept = self.statements().get(&statement.text).cloned();
        let prepared = match kept {
            Some(prepared) => prepared,
            None => self.prepare(statement).await?,
        };
        Ok(self.client.query_raw(&prepared, &statement.values).await?)
    }

    async fn prepare(&self, statement: &Statement) -> Result<tokio_postgres::Statement, SqlError> {
        let types: Vec<_> = statement.values.iter().map(Value::postgres_type).collect();
        let text = numbered(&statement.text);
        let prepared = self.client.prepare_typed(&text, &types).await?;
        self.statements()
            .insert(statement.text.clone(), prepared.clone());
        Ok(prepared)
    }

    fn statements(&self) -> MutexGuard<'_, Statements> {
        self.statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for PostgresClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresClient").finish_non_exhaustive()
    }
}

/// Numbers the placeholders of `text`, as PostgreSQL wants them. Every `?` is a placeholder.
fn numbered(text: &str) -> String {
    let mut parts = text.split('?');
    let mut numbered = parts.next().unwrap_or_default().to_owned();
    for (index, part) in parts.enumerate() {
        let _ = write!(numbered, "${}{part}", index + 1);
    }
    numbered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_numbered() {
        assert_eq!(
            numbered("a = ? AND b IN (?, ?)"),
            "a = $1 AND b IN ($2, $3)"
        );
        assert_eq!(numbered("a = 1"), "a = 1");
    }
}

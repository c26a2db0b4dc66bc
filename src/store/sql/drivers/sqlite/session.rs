//! A session: an open file, on which statements run on the thread of their caller.

use std::time::Duration;

use async_trait::async_trait;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags, ToSql};

use super::blocking::blocking;
use super::query_limit::{INSTRUCTIONS_PER_LOOK, QueryLimit};
use crate::store::sql::drivers::error::SqlError;
use crate::store::sql::drivers::row::Row;
use crate::store::sql::drivers::session::{EachRow, Session};
use crate::store::sql::drivers::statement::{Statement, Value};

/// How many prepared statements a session keeps.
const STATEMENT_CACHE_CAPACITY: usize = 64;

/// An open file.
#[derive(Debug)]
pub(super) struct SqliteSession {
    connection: Connection,
    limit: QueryLimit,
}

impl SqliteSession {
    /// Opens the file with this URI, and executes `setup`. No statement takes longer than
    /// `timeout`.
    pub(super) fn open(uri: &str, setup: &str, timeout: Duration) -> Result<Self, SqlError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_URI
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(uri, flags)?;
        connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE_CAPACITY);
        connection.execute_batch(setup)?;
        let limit = QueryLimit::new(timeout);
        let is_exceeded = {
            let limit = limit.clone();
            move || limit.is_exceeded()
        };
        connection.progress_handler(INSTRUCTIONS_PER_LOOK, Some(is_exceeded))?;
        Ok(Self { connection, limit })
    }

    fn run(&self, statement: &Statement, is_slow: bool, each: EachRow<'_>) -> Result<(), SqlError> {
        // The limit counts for the preparation too.
        if is_slow {
            self.limit.restrict_to_timeout();
        } else {
            self.limit.restrict_to_short();
        }
        self.prepared(statement, |prepared| {
            let writes = !prepared.readonly();
            if writes {
                // To interrupt a statement that writes rolls back the whole transaction.
                self.limit.restrict_to_timeout();
            }
            let mut rows = prepared.raw_query();
            let failed = |error: rusqlite::Error| match error.into() {
                // What it has written must not be written again.
                SqlError::Slow if writes => SqlError::timed_out(),
                error => error,
            };
            while let Some(row) = rows.next().map_err(failed)? {
                each(row)?;
            }
            Ok(())
        })
    }

    /// Prepares a statement, binds its values and calls `work` with it.
    fn prepared<T>(
        &self,
        statement: &Statement,
        work: impl FnOnce(&mut rusqlite::Statement<'_>) -> Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        let bound = |prepared: &mut rusqlite::Statement<'_>| {
            for (index, value) in (1..).zip(&statement.values) {
                prepared.raw_bind_parameter(index, value)?;
            }
            work(prepared)
        };
        if statement.is_worth_keeping() {
            bound(&mut *self.connection.prepare_cached(&statement.text)?)
        } else {
            bound(&mut self.connection.prepare(&statement.text)?)
        }
    }
}

#[async_trait]
impl Session for SqliteSession {
    async fn fetch(
        &mut self,
        statement: &Statement,
        is_slow: bool,
        each: EachRow<'_>,
    ) -> Result<(), SqlError> {
        if is_slow {
            return blocking(|| self.run(statement, true, each));
        }
        self.run(statement, false, each)
    }

    async fn execute(&mut self, statement: &Statement) -> Result<u64, SqlError> {
        self.limit.restrict_to_timeout();
        let changed = self.prepared(statement, |prepared| Ok(prepared.raw_execute()?))?;
        Ok(u64::try_from(changed).unwrap_or(u64::MAX))
    }

    async fn execute_script(&mut self, text: &str) -> Result<(), SqlError> {
        self.limit.lift();
        Ok(self.connection.execute_batch(text)?)
    }

    async fn migrate(&mut self, text: &str) -> Result<(), SqlError> {
        self.limit.lift();
        Ok(blocking(|| self.connection.execute_batch(text))?)
    }

    async fn ping(&mut self) -> Result<(), SqlError> {
        self.limit.restrict_to_timeout();
        let mut version = self.connection.prepare_cached("PRAGMA schema_version")?;
        Ok(version.query_row([], |_| Ok(()))?)
    }
}

impl Row for rusqlite::Row<'_> {
    fn number(&self, column: usize) -> Result<Option<i64>, SqlError> {
        match self.get_ref(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(number) => Ok(Some(number)),
            _ => Err(SqlError::unreadable("a value that is no number")),
        }
    }

    fn text(&self, column: usize) -> Result<Option<&str>, SqlError> {
        match self.get_ref(column)? {
            ValueRef::Null => Ok(None),
            ValueRef::Text(text) => Ok(Some(
                std::str::from_utf8(text).map_err(SqlError::unreadable)?,
            )),
            _ => Err(SqlError::unreadable("a value that is no text")),
        }
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Number(None) | Self::Text(None) => ValueRef::Null,
            Self::Number(Some(number)) => ValueRef::Integer(*number),
            Self::Text(Some(text)) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sql::drivers::connection::Connection;
    use crate::store::sql::drivers::engine::Engine;
    use crate::store::sql::drivers::row::number;

    /// Counts in some millions of instructions.
    const LONG: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) \
                        SELECT COUNT(*) FROM n";

    fn connection(timeout: Duration) -> Connection {
        let session = SqliteSession::open("file::memory:", "", timeout).unwrap();
        Connection::new(Engine::Sqlite, Box::new(session))
    }

    #[tokio::test]
    async fn a_query_that_takes_long_runs_again_where_it_may_block() {
        let mut session = SqliteSession::open("file::memory:", "", Duration::from_mins(1)).unwrap();
        let in_place = session.fetch(&LONG.into(), false, &mut |_| Ok(())).await;
        assert!(matches!(in_place, Err(SqlError::Slow)));

        let mut connection = connection(Duration::from_mins(1));
        let counted = connection.fetch(LONG.into(), number).await.unwrap();
        assert_eq!(counted, [200_000]);
    }

    #[tokio::test]
    async fn a_migration_may_take_any_time() {
        let mut session = SqliteSession::open("file::memory:", "", Duration::ZERO).unwrap();
        session.migrate(LONG).await.unwrap();
    }

    #[tokio::test]
    async fn a_statement_that_writes_is_not_run_again_after_its_time_out() {
        let mut connection = connection(Duration::ZERO);
        connection
            .execute_script("CREATE TABLE numbers (i INTEGER)")
            .await
            .unwrap();
        let text = "INSERT INTO numbers WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n \
                    WHERE i < 200000) SELECT i FROM n RETURNING i";
        let outcome = connection.fetch(text.into(), number).await;
        assert!(matches!(outcome, Err(SqlError::Unavailable(_))));
    }

    #[tokio::test]
    async fn a_query_ends_at_its_time_out() {
        let mut connection = connection(Duration::ZERO);
        let outcome = connection.fetch(LONG.into(), number).await;
        assert!(matches!(outcome, Err(SqlError::Slow)));
        assert_eq!(connection.fetch_number("SELECT 1").await.unwrap(), 1);
    }
}

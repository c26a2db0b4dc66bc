//! A connection, on which the statements of the tables run.

use super::engine::Engine;
use super::error::SqlError;
use super::row::{ColumnReader, Row, number};
use super::session::Session;
use super::statement::Statement;

/// A connection to a database.
#[derive(Debug)]
pub(in crate::store::sql) struct Connection {
    engine: Engine,
    session: Box<dyn Session>,
}

impl Connection {
    pub(super) fn new(engine: Engine, session: Box<dyn Session>) -> Self {
        Self { engine, session }
    }

    pub(in crate::store::sql) fn engine(&self) -> Engine {
        self.engine
    }

    /// Runs a query and returns what `read` makes of each row.
    pub(in crate::store::sql) async fn fetch<T: Send>(
        &mut self,
        statement: Statement,
        mut read: impl FnMut(&mut ColumnReader<'_>) -> Result<T, SqlError> + Send,
    ) -> Result<Vec<T>, SqlError> {
        let mut is_slow = false;
        loop {
            let mut rows = Vec::new();
            let mut each = |row: &dyn Row| {
                rows.push(read(&mut ColumnReader::of(row))?);
                Ok(())
            };
            match self.session.fetch(&statement, is_slow, &mut each).await {
                Err(SqlError::Slow) if !is_slow => {
                    is_slow = true;
                    // The time-out of the operation is looked at here.
                    tokio::task::yield_now().await;
                }
                outcome => return outcome.map(|()| rows),
            }
        }
    }

    /// Runs a query and returns what `read` makes of the first row, if there is one.
    pub(in crate::store::sql) async fn fetch_first<T: Send>(
        &mut self,
        statement: Statement,
        read: impl FnMut(&mut ColumnReader<'_>) -> Result<T, SqlError> + Send,
    ) -> Result<Option<T>, SqlError> {
        let rows = self.fetch(statement, read).await?;
        Ok(rows.into_iter().next())
    }

    /// Runs a query for one number.
    pub(in crate::store::sql) async fn fetch_number(
        &mut self,
        statement: impl Into<Statement>,
    ) -> Result<i64, SqlError> {
        let number = self.fetch_first(statement.into(), number);
        number.await?.ok_or_else(|| SqlError::unreadable("no row"))
    }

    /// Runs a query for one text; `None` if there is no row, or NULL in it.
    pub(in crate::store::sql) async fn fetch_text(
        &mut self,
        statement: impl Into<Statement>,
    ) -> Result<Option<String>, SqlError> {
        let text = self.fetch_first(statement.into(), |columns| {
            Ok(columns.text()?.map(str::to_owned))
        });
        Ok(text.await?.flatten())
    }

    /// Runs a statement and returns the number of rows that it affected.
    pub(in crate::store::sql) async fn execute(
        &mut self,
        statement: Statement,
    ) -> Result<u64, SqlError> {
        self.session.execute(&statement).await
    }

    /// Runs one or more statements without values.
    pub(in crate::store::sql) async fn execute_script(
        &mut self,
        text: &'static str,
    ) -> Result<(), SqlError> {
        self.session.execute_script(text).await
    }

    /// Runs the statements of a migration, which may take any time.
    pub(in crate::store::sql) async fn migrate(
        &mut self,
        text: &'static str,
    ) -> Result<(), SqlError> {
        self.session.migrate(text).await
    }

    pub(super) async fn ping(&mut self) -> Result<(), SqlError> {
        self.session.ping().await
    }

    /// Whether the connection may be used again.
    pub(super) fn is_worth_keeping(&mut self) -> bool {
        self.session.is_worth_keeping()
    }
}

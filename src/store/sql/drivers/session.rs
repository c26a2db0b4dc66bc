//! What a driver implements.

use std::fmt::Debug;

use async_trait::async_trait;

use super::error::SqlError;
use super::row::Row;
use super::statement::Statement;

/// What happens with each row of a query.
pub(super) type EachRow<'a> = &'a mut (dyn FnMut(&dyn Row) -> Result<(), SqlError> + Send);

/// Makes sessions on one database.
#[async_trait]
pub(super) trait Driver: Debug + Send + Sync {
    /// Connects, and sets up the session.
    async fn connect(&self) -> Result<Box<dyn Session>, SqlError>;
}

/// A session on a database. After a call that failed with [`SqlError::Lost`], or that was
/// cancelled, it must not be used again.
#[async_trait]
pub(super) trait Session: Debug + Send {
    /// Runs a query, and `each` for each of its rows.
    ///
    /// A driver that runs queries on the thread of its caller fails with [`SqlError::Slow`] when
    /// one takes long, unless the caller knows already that it `is_slow`.
    async fn fetch(
        &mut self,
        statement: &Statement,
        is_slow: bool,
        each: EachRow<'_>,
    ) -> Result<(), SqlError>;

    /// Runs a statement, and returns the number of rows that it affected.
    async fn execute(&mut self, statement: &Statement) -> Result<u64, SqlError>;

    /// Runs one or more statements without values.
    async fn execute_script(&mut self, text: &str) -> Result<(), SqlError>;

    /// Runs one or more statements without values, which may take any time.
    async fn migrate(&mut self, text: &str) -> Result<(), SqlError> {
        self.execute_script(text).await
    }

    /// Tests whether the session is alive.
    async fn ping(&mut self) -> Result<(), SqlError>;

    /// Whether the session is worth keeping: not if it has ended, nor if it holds memory for large
    /// images that passed through and cannot release it.
    fn is_worth_keeping(&mut self) -> bool {
        true
    }
}

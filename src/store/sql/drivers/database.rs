//! [`Database`]: what the tables see of a driver.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use super::connection::Connection;
use super::engine::Engine;
use super::error::SqlError;
#[cfg(feature = "mysql")]
use super::mariadb::MariaDbDriver;
#[cfg(not(all(feature = "mysql", feature = "postgres", feature = "sqlite")))]
use super::not_built_in::NotBuiltIn;
use super::pool::{Pool, PooledConnection};
#[cfg(feature = "postgres")]
use super::postgres::{PostgresDriver, SharedReaders};
use super::row::ColumnReader;
use super::session::Driver;
#[cfg(feature = "sqlite")]
use super::sqlite::{SqliteDriver, Turn, Writer};
use super::statement::Statement;
use super::url::SqlUrl;
use crate::store::statistics::PoolStatistics;

/// A database, with its connections.
#[derive(Debug)]
pub(in crate::store::sql) struct Database {
    engine: Engine,
    pool: Pool,
    /// PostgreSQL reads single rows over connections that many readers share.
    #[cfg(feature = "postgres")]
    shared: Option<SharedReaders>,
    /// SQLite has one writer at a time.
    #[cfg(feature = "sqlite")]
    writer: Option<Writer>,
}

/// A transaction that writes. If it is dropped, nothing is written.
#[derive(Debug)]
pub(in crate::store::sql) enum Transaction<'a> {
    /// On a connection of its own.
    Own(PooledConnection<'a>),
    /// As a part of the transaction of all writers of this process.
    #[cfg(feature = "sqlite")]
    Shared(Turn<'a>),
}

impl Database {
    /// The database at `url`, with at most `connections` connections, whose statements end after
    /// `timeout`. With `read_only`, no statement changes anything, and no file is created.
    pub(in crate::store::sql) fn new(
        url: SqlUrl,
        connections: usize,
        timeout: Duration,
        read_only: bool,
    ) -> Self {
        let engine = url.engine();
        let setup = engine.session_setup(timeout, read_only);
        let url = if read_only { url.existing_only() } else { url };
        let connections = connections.max(1);
        match engine {
            #[cfg(feature = "sqlite")]
            Engine::Sqlite => {
                let driver = SqliteDriver::new(&url, setup, timeout);
                let writer = (!read_only).then(|| Writer::new(driver.clone()));
                Self {
                    writer,
                    ..Self::with_pool(engine, Box::new(driver), connections, timeout)
                }
            }
            #[cfg(feature = "postgres")]
            Engine::Postgres => {
                let driver = PostgresDriver::new(url, setup);
                let shared = SharedReaders::new(driver.clone(), connections, timeout);
                let others = connections - shared.as_ref().map_or(0, SharedReaders::connections);
                Self {
                    shared,
                    ..Self::with_pool(engine, Box::new(driver), others, timeout)
                }
            }
            #[cfg(feature = "mysql")]
            Engine::MariaDb | Engine::Glance => {
                let driver = MariaDbDriver::new(url, setup);
                Self::with_pool(engine, Box::new(driver), connections, timeout)
            }
            #[cfg(not(all(feature = "mysql", feature = "postgres", feature = "sqlite")))]
            _ => {
                drop((url, setup));
                Self::with_pool(engine, Box::new(NotBuiltIn), connections, timeout)
            }
        }
    }

    fn with_pool(
        engine: Engine,
        driver: Box<dyn Driver>,
        connections: usize,
        timeout: Duration,
    ) -> Self {
        Self {
            engine,
            pool: Pool::new(engine, driver, connections, timeout),
            #[cfg(feature = "postgres")]
            shared: None,
            #[cfg(feature = "sqlite")]
            writer: None,
        }
    }

    pub(in crate::store::sql) fn engine(&self) -> Engine {
        self.engine
    }

    /// Runs a short query outside of a transaction and returns what `read` makes of the first row.
    pub(in crate::store::sql) async fn fetch_first<T: Send>(
        &self,
        statement: Statement,
        read: impl FnMut(&mut ColumnReader<'_>) -> Result<T, SqlError> + Send,
    ) -> Result<Option<T>, SqlError> {
        #[cfg(feature = "postgres")]
        if let Some(readers) = &self.shared {
            return readers.fetch_first(statement, read).await;
        }
        let mut connection = self.acquire().await?;
        let fetched = connection.fetch_first(statement, read).await;
        connection.finish(fetched).await
    }

    /// Runs one statement that is a transaction of its own, and returns what `read` makes of each
    /// row. An error means that the outcome is unknown, unless it is a conflict.
    pub(in crate::store::sql) async fn fetch_and_commit<T: Send>(
        &self,
        statement: Statement,
        read: impl FnMut(&mut ColumnReader<'_>) -> Result<T, SqlError> + Send,
    ) -> Result<Vec<T>, SqlError> {
        let mut connection = self.acquire().await?;
        let outcome = connection.fetch(statement, read).await;
        let outcome = connection.finish(outcome).await;
        outcome.map_err(|error| {
            if error.broke_the_connection() {
                // The idle connections lead to the same server.
                self.close_idle();
            }
            error.during_commit()
        })
    }

    /// The state of the pool, and what it has counted.
    pub(in crate::store::sql) fn pool_statistics(&self) -> PoolStatistics {
        self.pool.statistics()
    }

    /// Acquires a connection. Waits while all are in use.
    pub(in crate::store::sql) async fn acquire(&self) -> Result<PooledConnection<'_>, SqlError> {
        self.pool.acquire().await
    }

    /// Begins a transaction that writes. Waits while all connections are in use, or while other
    /// writers have the only one.
    pub(in crate::store::sql) async fn begin(&self) -> Result<Transaction<'_>, SqlError> {
        #[cfg(feature = "sqlite")]
        if let Some(writer) = &self.writer {
            return writer.begin().await.map(Transaction::Shared);
        }
        let mut connection = self.acquire().await?;
        match connection.begin("BEGIN").await {
            Ok(()) => Ok(Transaction::Own(connection)),
            Err(error) => Err(connection.fail(error).await),
        }
    }

    /// Tests whether the database is reachable.
    pub(in crate::store::sql) async fn ping(&self) -> Result<(), SqlError> {
        self.pool.ping().await
    }

    /// Closes the connections that nobody uses, because they may lead nowhere. Those that several
    /// use are looked at before they are used again.
    pub(in crate::store::sql) fn close_idle(&self) {
        self.pool.close_idle();
        #[cfg(feature = "postgres")]
        self.shared.iter().for_each(SharedReaders::suspect);
    }
}

impl Transaction<'_> {
    /// Commits. An error means that the outcome is unknown, unless it is a conflict.
    pub(in crate::store::sql) async fn commit(self) -> Result<(), SqlError> {
        match self {
            Self::Own(connection) => connection.commit().await,
            #[cfg(feature = "sqlite")]
            Self::Shared(turn) => turn.commit().await,
        }
    }

    /// Ends a transaction that has changed nothing. An error means that what it has read was not
    /// committed.
    pub(in crate::store::sql) async fn rollback(self) -> Result<(), SqlError> {
        match self {
            Self::Own(connection) => {
                connection.rollback().await;
                Ok(())
            }
            #[cfg(feature = "sqlite")]
            Self::Shared(turn) => turn.rollback().await,
        }
    }

    /// Rolls back after `error`, and returns the error.
    pub(in crate::store::sql) async fn fail(self, error: SqlError) -> SqlError {
        match self {
            Self::Own(connection) => connection.fail(error).await,
            #[cfg(feature = "sqlite")]
            Self::Shared(turn) => turn.fail(error).await,
        }
    }
}

impl Deref for Transaction<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match self {
            Self::Own(connection) => connection,
            #[cfg(feature = "sqlite")]
            Self::Shared(turn) => turn,
        }
    }
}

impl DerefMut for Transaction<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        match self {
            Self::Own(connection) => connection,
            #[cfg(feature = "sqlite")]
            Self::Shared(turn) => turn,
        }
    }
}

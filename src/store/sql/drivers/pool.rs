//! A bounded pool. A connection whose last operation failed or was cancelled is closed, never
//! reused.
//!
//! The pool pings only connections that were idle for a while, before it hands them out, and bounds
//! the ping. The pools of the drivers ping on each release, or not at all, or without a bound.

use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::connection::Connection;
use super::engine::Engine;
use super::error::SqlError;
use super::session::Driver;
use crate::store::statistics::PoolStatistics;

/// A connection that was idle for longer is pinged before it is handed out.
pub(super) const PING_AFTER_IDLE: Duration = Duration::from_secs(1);

/// The maximum duration of a ping. A server that runs needs one round trip. A connection that died
/// silently, for example because a firewall dropped it, would consume the time-out of the whole
/// operation.
const PING_TIMEOUT: Duration = Duration::from_secs(1);

/// The connections to one database.
#[derive(Debug)]
pub(super) struct Pool {
    engine: Engine,
    driver: Box<dyn Driver>,
    permits: Semaphore,
    connections: usize,
    /// How many operations had to wait for a connection.
    waits: AtomicU64,
    /// The connections that are not in use, and since when.
    idle: Mutex<Vec<(Connection, Instant)>>,
    ping_timeout: Duration,
    /// An additional connection, used for health checks only.
    health: Mutex<Option<Connection>>,
}

/// A connection in use. Dropping it closes it and abandons any operation in progress; only the
/// methods that say so return it to the pool.
#[derive(Debug)]
pub(in crate::store::sql) struct PooledConnection<'a> {
    pool: &'a Pool,
    connection: Connection,
    in_transaction: bool,
    _permit: SemaphorePermit<'a>,
}

impl Pool {
    /// A pool of at most `connections` connections, whose statements end after `timeout`.
    pub(super) fn new(
        engine: Engine,
        driver: Box<dyn Driver>,
        connections: usize,
        timeout: Duration,
    ) -> Self {
        let connections = connections.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            engine,
            driver,
            permits: Semaphore::new(connections),
            connections,
            waits: AtomicU64::default(),
            idle: Mutex::default(),
            ping_timeout: ping_timeout(timeout),
            health: Mutex::default(),
        }
    }

    /// Acquires a connection that was alive a moment ago. Waits while all are in use.
    pub(super) async fn acquire(&self) -> Result<PooledConnection<'_>, SqlError> {
        let permit = self.permit().await?;
        let pooled = |connection| PooledConnection {
            pool: self,
            connection,
            in_transaction: false,
            _permit: permit,
        };
        while let Some((mut connection, idle_since)) = self.pop_idle() {
            let is_alive = connection.is_worth_keeping()
                && (idle_since.elapsed() < PING_AFTER_IDLE || self.is_alive(&mut connection).await);
            if is_alive {
                return Ok(pooled(connection));
            }
            // The other idle connections lead to the same server.
            self.close_idle();
        }
        Ok(pooled(self.connect().await?))
    }

    async fn permit(&self) -> Result<SemaphorePermit<'_>, SqlError> {
        if let Ok(permit) = self.permits.try_acquire() {
            return Ok(permit);
        }
        self.waits.fetch_add(1, Ordering::Relaxed);
        let permit = self.permits.acquire().await;
        permit.map_err(|closed| SqlError::Internal(closed.into()))
    }

    /// The state of the pool, and what it has counted.
    pub(super) fn statistics(&self) -> PoolStatistics {
        PoolStatistics {
            in_use: self.connections - self.permits.available_permits(),
            idle: self.idle().len(),
            limit: self.connections,
            waits: self.waits.load(Ordering::Relaxed),
        }
    }

    /// Tests whether the database is reachable. Needs no permit: a pool whose connections are all
    /// in use says nothing about the database.
    pub(super) async fn ping(&self) -> Result<(), SqlError> {
        let mut connection = self.health().take();
        if let Some(kept) = &mut connection
            && !self.is_alive(kept).await
        {
            connection = None;
            self.close_idle();
        }
        let connection = if let Some(kept) = connection {
            kept
        } else {
            let mut new = self.connect().await?;
            new.ping().await?;
            new
        };
        *self.health() = Some(connection);
        Ok(())
    }

    /// Closes the idle connections.
    pub(super) fn close_idle(&self) {
        let idle = std::mem::take(&mut *self.idle());
        drop(idle);
    }

    async fn connect(&self) -> Result<Connection, SqlError> {
        let session = self.driver.connect().await?;
        Ok(Connection::new(self.engine, session))
    }

    async fn is_alive(&self, connection: &mut Connection) -> bool {
        matches!(
            tokio::time::timeout(self.ping_timeout, connection.ping()).await,
            Ok(Ok(()))
        )
    }

    fn pop_idle(&self) -> Option<(Connection, Instant)> {
        self.idle().pop()
    }

    fn health(&self) -> MutexGuard<'_, Option<Connection>> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(Connection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The maximum duration of a ping for an operation that may take `timeout`. After a ping that
/// failed, the operation needs time to connect.
pub(super) fn ping_timeout(timeout: Duration) -> Duration {
    PING_TIMEOUT.min(timeout / 4)
}

impl PooledConnection<'_> {
    /// Returns the connection to the pool. No operation and no transaction may be in progress.
    pub(in crate::store::sql) fn release(mut self) {
        if self.connection.is_worth_keeping() {
            self.pool.idle().push((self.connection, Instant::now()));
        }
    }

    /// Begins a transaction by `script`.
    pub(in crate::store::sql) async fn begin(
        &mut self,
        script: &'static str,
    ) -> Result<(), SqlError> {
        self.execute_script(script).await?;
        self.in_transaction = true;
        Ok(())
    }

    /// Rolls back the transaction, if there is one, and releases the connection.
    pub(in crate::store::sql) async fn rollback(mut self) {
        if !self.in_transaction || self.execute_script("ROLLBACK").await.is_ok() {
            self.release();
        }
    }

    /// Commits and releases the connection. If the connection breaks meanwhile, the outcome is
    /// unknown, and the error is not worth a retry.
    pub(super) async fn commit(mut self) -> Result<(), SqlError> {
        self.execute_script("COMMIT")
            .await
            .map_err(SqlError::during_commit)?;
        self.release();
        Ok(())
    }

    /// Rolls back and releases the connection after `error`, unless the error broke it. Returns the
    /// error.
    pub(in crate::store::sql) async fn fail(self, error: SqlError) -> SqlError {
        if !error.broke_the_connection() {
            self.rollback().await;
        }
        error
    }

    /// Rolls back and releases the connection after a read that succeeded, or [fails](Self::fail).
    pub(in crate::store::sql) async fn finish<T>(
        self,
        outcome: Result<T, SqlError>,
    ) -> Result<T, SqlError> {
        match outcome {
            Ok(answer) => {
                self.rollback().await;
                Ok(answer)
            }
            Err(error) => Err(self.fail(error).await),
        }
    }
}

impl Deref for PooledConnection<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for PooledConnection<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

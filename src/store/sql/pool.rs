//! A bounded pool. A connection whose last operation failed or was cancelled is closed, never
//! reused.
//!
//! The driver's own pool pings the server each time a connection is released, and waits for the
//! answer without a bound (launchbadge/sqlx, pull request 4363). This pool pings only connections
//! that were idle for a while, before it hands them out, and bounds the ping. Once the driver
//! bounds its ping too, its pool can replace this one.

use std::borrow::Cow;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::engine::Engine;
use super::error::SqlError;
use super::statement::{Statement, Value};
use super::url::SqlUrl;

/// A connection that was idle for longer is pinged before it is handed out.
const PING_AFTER_IDLE: Duration = Duration::from_secs(1);

/// The maximum duration of a ping. A server that runs needs one round trip. A connection that died
/// silently, for example because a firewall dropped it, would consume the time-out of the whole
/// operation.
const PING_TIMEOUT: Duration = Duration::from_secs(1);

/// The maximum number of values of a statement that stays prepared, so that it is planned once.
///
/// A statement with more values is unlikely to recur in the same form, and a prepared one occupies
/// up to some megabytes of the server. Closing one at once would be expensive on MariaDB: the
/// driver sends a message that has no answer, and the next message waits 40 ms for the delayed
/// acknowledgement.
const MAX_CACHED_STATEMENT_VALUES: usize = 100;

/// The connections to one database.
#[derive(Debug)]
pub(super) struct Pool {
    url: SqlUrl,
    session_setup: String,
    permits: Semaphore,
    /// The connections that are not in use, and since when.
    idle: Mutex<Vec<(AnyConnection, Instant)>>,
    ping_timeout: Duration,
    /// An additional connection, used for health checks only.
    health: Mutex<Option<AnyConnection>>,
}

/// A connection in use. Dropping it closes it and abandons any operation in progress; only the
/// methods that say so return it to the pool.
#[derive(Debug)]
pub(super) struct Connection<'a> {
    pool: &'a Pool,
    inner: AnyConnection,
    in_transaction: bool,
    _permit: SemaphorePermit<'a>,
}

impl Pool {
    /// A pool of at most `connections` connections, whose statements end after `timeout`.
    pub(super) fn new(url: SqlUrl, connections: usize, timeout: Duration) -> Self {
        let session_setup = url.engine().session_setup(timeout);
        Self::with_setup(url, session_setup, connections, timeout)
    }

    /// Like [`new`](Self::new), with connections that change nothing and create no file.
    pub(super) fn read_only(url: SqlUrl, connections: usize, timeout: Duration) -> Self {
        let session_setup = url.engine().read_only_session_setup(timeout);
        Self::with_setup(url.existing_only(), session_setup, connections, timeout)
    }

    fn with_setup(
        url: SqlUrl,
        session_setup: String,
        connections: usize,
        timeout: Duration,
    ) -> Self {
        sqlx::any::install_default_drivers();
        let permits = Semaphore::new(connections.clamp(1, Semaphore::MAX_PERMITS));
        // After a ping that failed, the operation needs time to connect.
        let ping_timeout = PING_TIMEOUT.min(timeout / 4);
        Self {
            url,
            session_setup,
            permits,
            idle: Mutex::default(),
            ping_timeout,
            health: Mutex::default(),
        }
    }

    pub(super) fn engine(&self) -> Engine {
        self.url.engine()
    }

    /// Acquires a connection that was alive a moment ago. Waits while all are in use.
    pub(super) async fn acquire(&self) -> Result<Connection<'_>, SqlError> {
        let permit = self
            .permits
            .acquire()
            .await
            .map_err(|closed| SqlError::Internal(closed.into()))?;
        while let Some((mut inner, idle_since)) = self.pop_idle() {
            if idle_since.elapsed() < PING_AFTER_IDLE || self.is_alive(&mut inner).await {
                return Ok(Connection {
                    pool: self,
                    inner,
                    in_transaction: false,
                    _permit: permit,
                });
            }
            // The other idle connections lead to the same server.
            self.close_idle();
        }
        let inner = self.connect().await?;
        Ok(Connection {
            pool: self,
            inner,
            in_transaction: false,
            _permit: permit,
        })
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

    async fn connect(&self) -> Result<AnyConnection, SqlError> {
        let mut new = AnyConnection::connect(self.url.expose()).await?;
        sqlx::raw_sql(AssertSqlSafe(self.session_setup.clone()))
            .execute(&mut new)
            .await?;
        Ok(new)
    }

    async fn is_alive(&self, connection: &mut AnyConnection) -> bool {
        matches!(
            tokio::time::timeout(self.ping_timeout, connection.ping()).await,
            Ok(Ok(()))
        )
    }

    fn pop_idle(&self) -> Option<(AnyConnection, Instant)> {
        self.idle().pop()
    }

    fn health(&self) -> MutexGuard<'_, Option<AnyConnection>> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(AnyConnection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection<'_> {
    pub(super) fn engine(&self) -> Engine {
        self.pool.engine()
    }

    /// Returns the connection to the pool. No operation and no transaction may be in progress.
    pub(super) fn release(mut self) {
        // The driver's read buffer has grown to the largest image that passed through.
        self.inner.shrink_buffers();
        self.pool.idle().push((self.inner, Instant::now()));
    }

    /// Rolls back the transaction, if there is one, and releases the connection.
    pub(super) async fn rollback(mut self) {
        if !self.in_transaction || self.execute_script("ROLLBACK").await.is_ok() {
            self.release();
        }
    }

    /// Commits and releases the connection. If the connection breaks meanwhile, the outcome is
    /// unknown, and the error is not worth a retry.
    pub(super) async fn commit(mut self) -> Result<(), SqlError> {
        self.execute_script("COMMIT")
            .await
            .map_err(|error| SqlError::from(error).during_commit())?;
        self.release();
        Ok(())
    }

    /// Rolls back and releases the connection after `error`, unless the error broke it. Returns the
    /// error.
    pub(super) async fn fail(self, error: SqlError) -> SqlError {
        if !error.broke_the_connection() {
            self.rollback().await;
        }
        error
    }

    /// Releases the connection after a read that succeeded, or [fails](Self::fail).
    pub(super) async fn finish<T>(self, outcome: Result<T, SqlError>) -> Result<T, SqlError> {
        match outcome {
            Ok(answer) => {
                self.release();
                Ok(answer)
            }
            Err(error) => Err(self.fail(error).await),
        }
    }

    pub(super) fn is_in_transaction(&self) -> bool {
        self.in_transaction
    }

    /// Begins a transaction that writes. Fails with a conflict if the engine reports another
    /// writer.
    pub(super) async fn begin(&mut self) -> Result<(), SqlError> {
        self.begin_with(self.engine().begin()).await
    }

    /// Begins a transaction by `script`.
    pub(super) async fn begin_with(&mut self, script: &'static str) -> Result<(), SqlError> {
        self.execute_script(script).await?;
        self.in_transaction = true;
        Ok(())
    }

    /// Runs a query and returns its rows.
    pub(super) async fn fetch(&mut self, statement: Statement) -> Result<Vec<AnyRow>, SqlError> {
        let text = self.engine().placeholders(statement.text);
        Ok(query(text, statement.values)
            .fetch_all(&mut self.inner)
            .await?)
    }

    /// Runs a statement and returns the number of rows that it affected.
    pub(super) async fn execute(&mut self, statement: Statement) -> Result<u64, sqlx::Error> {
        let text = self.engine().placeholders(statement.text);
        Ok(query(text, statement.values)
            .execute(&mut self.inner)
            .await?
            .rows_affected())
    }

    /// Runs one or more statements without values.
    pub(super) async fn execute_script(&mut self, text: &'static str) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(text).execute(&mut self.inner).await.map(drop)
    }
}

type Query = sqlx::query::Query<'static, sqlx::Any, sqlx::any::AnyArguments>;

fn query(text: Cow<'static, str>, values: Vec<Value>) -> Query {
    let query = match text {
        Cow::Borrowed(text) => sqlx::query(text),
        Cow::Owned(text) => sqlx::query(AssertSqlSafe(text)),
    };
    let query = query.persistent(values.len() <= MAX_CACHED_STATEMENT_VALUES);
    values.into_iter().fold(query, |query, value| match value {
        Value::Number(number) => query.bind(number),
        Value::Text(text) => query.bind(text),
    })
}

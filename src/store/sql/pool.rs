//! The connections: at most so many, and none is used again that may still be busy with something.
//!
//! The pool of the driver asks the server whether a connection is still alive each time it is given back, and waits for an
//! answer that may never come. This one gives up a connection that broke or on which something was cut short, and
//! asks only after a pause.

use std::borrow::Cow;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::fault::Fault;
use super::statement::{Statement, Value};
use super::url::{Engine, SqlUrl};
use super::writer;
use crate::image::ImageId;

/// A connection that was idle for longer is asked whether it is still alive before it is used.
const TRUSTED: Duration = Duration::from_secs(1);

/// How long a connection may take to say so. A server that is there needs a round trip; one that is gone without a word, as
/// behind a firewall that has forgotten the connection, would take all the time that the operation has.
const ALIVE: Duration = Duration::from_secs(1);

/// A statement with more values is not likely to come again in the same form: it is not kept, for it takes up to some
/// megabytes in the server. One that is kept need not be planned again. To forget one at once is dear on MariaDB: the driver
/// says so in a message without an answer, and the next one waits 40 ms for that to be acknowledged.
const KEPT_VALUES: usize = 100;

/// The connections to one database.
#[derive(Debug)]
pub(super) struct Pool {
    url: SqlUrl,
    setup: String,
    places: Semaphore,
    idle: Mutex<Vec<(AnyConnection, Instant)>>,
    alive: Duration,
    /// A connection besides, on which nothing is done but to ask whether the database is there.
    probe: Mutex<Option<AnyConnection>>,
}

/// A connection in use. If it is dropped instead of given back it is closed, with whatever is under way on it.
#[derive(Debug)]
pub(super) struct Connection<'a> {
    pool: &'a Pool,
    inner: AnyConnection,
    in_transaction: bool,
    _place: SemaphorePermit<'a>,
}

impl Pool {
    pub(super) fn new(url: SqlUrl, connections: usize, timeout: Duration) -> Self {
        let setup = url.engine().setup(timeout);
        Self::with(url, setup, connections, timeout)
    }

    /// Connections that change nothing and make no file.
    pub(super) fn to_read(url: SqlUrl, connections: usize, timeout: Duration) -> Self {
        let setup = url.engine().setup_to_read(timeout);
        Self::with(url.if_there(), setup, connections, timeout)
    }

    fn with(url: SqlUrl, setup: String, connections: usize, timeout: Duration) -> Self {
        sqlx::any::install_default_drivers();
        let places = Semaphore::new(connections.clamp(1, Semaphore::MAX_PERMITS));
        // Time has to be left for a new connection.
        let alive = ALIVE.min(timeout / 4);
        Self {
            url,
            setup,
            places,
            idle: Mutex::default(),
            alive,
            probe: Mutex::default(),
        }
    }

    pub(super) fn engine(&self) -> Engine {
        self.url.engine()
    }

    /// A connection that works, as far as one can know. Waits for a free place.
    pub(super) async fn take(&self) -> Result<Connection<'_>, Fault> {
        let place = self
            .places
            .acquire()
            .await
            .map_err(|closed| Fault::Internal(closed.into()))?;
        while let Some((mut inner, since)) = self.pop() {
            if since.elapsed() < TRUSTED || self.is_alive(&mut inner).await {
                return Ok(Connection {
                    pool: self,
                    inner,
                    in_transaction: false,
                    _place: place,
                });
            }
            // The others have seen the same server go.
            self.forget_idle();
        }
        let inner = self.connect().await?;
        Ok(Connection {
            pool: self,
            inner,
            in_transaction: false,
            _place: place,
        })
    }

    /// Asks whether the database is there, without waiting for a place: that all are taken does not mean that it is not.
    pub(super) async fn ping(&self) -> Result<(), Fault> {
        let mut connection = self.probe().take();
        if let Some(kept) = &mut connection
            && !self.is_alive(kept).await
        {
            connection = None;
            self.forget_idle();
        }
        let connection = if let Some(kept) = connection {
            kept
        } else {
            let mut new = self.connect().await?;
            new.ping().await?;
            new
        };
        *self.probe() = Some(connection);
        Ok(())
    }

    async fn connect(&self) -> Result<AnyConnection, Fault> {
        let mut new = AnyConnection::connect(self.url.expose()).await?;
        sqlx::raw_sql(AssertSqlSafe(self.setup.clone()))
            .execute(&mut new)
            .await?;
        Ok(new)
    }

    async fn is_alive(&self, connection: &mut AnyConnection) -> bool {
        matches!(
            tokio::time::timeout(self.alive, connection.ping()).await,
            Ok(Ok(()))
        )
    }

    fn pop(&self) -> Option<(AnyConnection, Instant)> {
        self.idle().pop()
    }

    /// Closes the connections that nobody uses.
    pub(super) fn forget_idle(&self) {
        let idle = std::mem::take(&mut *self.idle());
        drop(idle);
    }

    fn probe(&self) -> MutexGuard<'_, Option<AnyConnection>> {
        self.probe.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<(AnyConnection, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connection<'_> {
    pub(super) fn engine(&self) -> Engine {
        self.pool.engine()
    }

    /// For the next one. Nothing may be under way on it any more, no transaction either.
    pub(super) fn give_back(mut self) {
        // What the driver keeps for reading is as large as the largest image that came through.
        self.inner.shrink_buffers();
        self.pool.idle().push((self.inner, Instant::now()));
    }

    /// The rows that `statement` answers.
    pub(super) async fn rows(&mut self, statement: Statement) -> Result<Vec<AnyRow>, Fault> {
        let text = self.engine().placeholders(statement.text);
        Ok(query(text, statement.values)
            .fetch_all(&mut self.inner)
            .await?)
    }

    /// Runs `statement` and tells how many rows it was about.
    pub(super) async fn run(&mut self, statement: Statement) -> Result<u64, sqlx::Error> {
        let text = self.engine().placeholders(statement.text);
        Ok(query(text, statement.values)
            .execute(&mut self.inner)
            .await?
            .rows_affected())
    }

    /// Runs SQL without values, or several statements of it.
    pub(super) async fn script(&mut self, text: &'static str) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(text).execute(&mut self.inner).await.map(drop)
    }

    /// Begins a transaction that will write. `moves` is told while it waits for other processes that do write.
    pub(super) async fn begin(&mut self, moves: impl Fn()) -> Result<(), Fault> {
        match self.try_begin().await {
            Err(Fault::Conflict(_)) if self.engine().has_one_writer() => {
                writer::begin_behind_another_process(self, moves).await
            }
            outcome => outcome,
        }
    }

    /// The same, if the engine lets it at once.
    pub(super) async fn try_begin(&mut self) -> Result<(), Fault> {
        self.script(self.engine().begin()).await?;
        self.in_transaction = true;
        Ok(())
    }

    /// Keeps other writers off the image until the transaction ends.
    pub(super) async fn lock(&mut self, id: ImageId) -> Result<(), Fault> {
        if let Some(text) = self.engine().lock() {
            self.rows(Statement::new(text).with(id)).await?;
        }
        Ok(())
    }

    /// Ends the transaction and gives the connection back. If the connection breaks meanwhile, nobody knows whether the
    /// transaction counts: that is not worth another try.
    pub(super) async fn commit(mut self) -> Result<(), Fault> {
        self.script("COMMIT")
            .await
            .map_err(|error| Fault::from(error).of_a_write())?;
        self.give_back();
        Ok(())
    }

    /// Undoes the transaction, if there is one, and gives the connection back.
    pub(super) async fn leave(mut self) {
        if !self.in_transaction || self.script("ROLLBACK").await.is_ok() {
            self.give_back();
        }
    }

    /// The same after a fault, unless it was one of the connection.
    pub(super) async fn fail(self, fault: Fault) -> Fault {
        if !fault.broke_the_connection() {
            self.leave().await;
        }
        fault
    }
}

type Query = sqlx::query::Query<'static, sqlx::Any, sqlx::any::AnyArguments>;

fn query(text: Cow<'static, str>, values: Vec<Value>) -> Query {
    let query = match text {
        Cow::Borrowed(text) => sqlx::query(text),
        Cow::Owned(text) => sqlx::query(AssertSqlSafe(text)),
    };
    let query = query.persistent(values.len() <= KEPT_VALUES);
    values.into_iter().fold(query, |query, value| match value {
        Value::Number(number) => query.bind(number),
        Value::Text(text) => query.bind(text),
    })
}

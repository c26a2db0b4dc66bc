//! Connections that many readers share.
//!
//! The queries of the readers follow one another on the connection without waiting for the answers
//! in between, which saves most of what a query costs. A query that took long would make others
//! wait, so only those for a single row go here.

use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::client::PostgresClient;
use super::driver::PostgresDriver;
use crate::store::sql::drivers::error::SqlError;
use crate::store::sql::drivers::pool::{PING_AFTER_IDLE, ping_timeout};
use crate::store::sql::drivers::row::{ColumnReader, Row};
use crate::store::sql::drivers::statement::Statement;

/// The number of shared connections. More of them are no faster, for the server has a process for
/// each.
const MAX_CONNECTIONS: usize = 2;

/// How many connections a place has at most: one that was given up lives until its last reader has
/// gone, and meanwhile another one takes its place.
const MAX_CONNECTIONS_OF_SLOT: usize = 2;

/// The connections to one database that its readers share.
#[derive(Debug)]
pub(in crate::store::sql::drivers) struct SharedReaders {
    driver: PostgresDriver,
    slots: Vec<Slot>,
    next: AtomicUsize,
    ping_timeout: Duration,
}

/// A place for a connection.
#[derive(Debug)]
struct Slot {
    /// The connection, and when it last worked; `None` if that is in doubt.
    current: Mutex<Option<(Arc<SharedClient>, Option<Instant>)>>,
    /// Held while the connection is pinged or renewed.
    renewal: tokio::sync::Mutex<()>,
    permits: Arc<Semaphore>,
}

/// A connection of a place.
#[derive(Debug)]
struct SharedClient {
    client: PostgresClient,
    _permit: OwnedSemaphorePermit,
}

impl Deref for SharedClient {
    type Target = PostgresClient;

    fn deref(&self) -> &PostgresClient {
        &self.client
    }
}

impl SharedReaders {
    /// Takes a part of `connections`, if there are enough for others.
    pub(in crate::store::sql::drivers) fn new(
        driver: PostgresDriver,
        connections: usize,
        timeout: Duration,
    ) -> Option<Self> {
        let number = (connections / 4).min(MAX_CONNECTIONS);
        (number > 0).then(|| Self {
            driver,
            slots: (0..number).map(|_| Slot::new()).collect(),
            next: AtomicUsize::default(),
            ping_timeout: ping_timeout(timeout),
        })
    }

    /// How many connections there are.
    pub(in crate::store::sql::drivers) fn connections(&self) -> usize {
        self.slots.len()
    }

    /// Runs a query for a single row, and returns what `read` makes of it.
    pub(in crate::store::sql::drivers) async fn fetch_first<T: Send>(
        &self,
        statement: Statement,
        mut read: impl FnMut(&mut ColumnReader<'_>) -> Result<T, SqlError> + Send,
    ) -> Result<Option<T>, SqlError> {
        let slot = &self.slots[self.next.fetch_add(1, Ordering::Relaxed) % self.slots.len()];
        let client = self.client(slot).await?;
        let mut first = None;
        let mut each = |row: &dyn Row| {
            first = Some(read(&mut ColumnReader::of(row))?);
            Ok(())
        };
        client.fetch(&statement, &mut each).await?;
        slot.note_use(&client);
        Ok(first)
    }

    /// Lets the next reader of each connection find out whether it still leads to the server.
    pub(in crate::store::sql::drivers) fn suspect(&self) {
        for slot in &self.slots {
            slot.suspect();
        }
    }

    /// The connection of the slot, alive a moment ago.
    async fn client(&self, slot: &Slot) -> Result<Arc<SharedClient>, SqlError> {
        if let Some(client) = slot.used_recently() {
            return Ok(client);
        }
        let _renewal = slot.renewal.lock().await;
        if let Some(client) = slot.used_recently() {
            return Ok(client);
        }
        let kept = slot
            .current()
            .as_ref()
            .map(|(client, _)| Arc::clone(client));
        let client = match kept {
            Some(client) if self.is_alive(&client).await => client,
            _ => {
                *slot.current() = None;
                self.connect(slot).await?
            }
        };
        *slot.current() = Some((Arc::clone(&client), Some(Instant::now())));
        Ok(client)
    }

    /// A new connection. Waits while as many as a place may have are still in use.
    async fn connect(&self, slot: &Slot) -> Result<Arc<SharedClient>, SqlError> {
        let permit = Arc::clone(&slot.permits).acquire_owned().await;
        Ok(Arc::new(SharedClient {
            client: self.driver.client().await?,
            _permit: permit.map_err(|closed| SqlError::Internal(closed.into()))?,
        }))
    }

    async fn is_alive(&self, client: &PostgresClient) -> bool {
        matches!(timeout(self.ping_timeout, client.ping()).await, Ok(Ok(())))
    }
}

impl Slot {
    fn new() -> Self {
        Self {
            current: Mutex::default(),
            renewal: tokio::sync::Mutex::default(),
            permits: Arc::new(Semaphore::new(MAX_CONNECTIONS_OF_SLOT)),
        }
    }

    fn used_recently(&self) -> Option<Arc<SharedClient>> {
        let current = self.current();
        let (client, checked) = current.as_ref()?;
        let is_recent = checked.is_some_and(|time| time.elapsed() < PING_AFTER_IDLE);
        (is_recent && !client.is_closed()).then(|| Arc::clone(client))
    }

    fn suspect(&self) {
        if let Some((_, checked)) = &mut *self.current() {
            *checked = None;
        }
    }

    /// Notes that the connection works, unless it has been given up.
    fn note_use(&self, client: &Arc<SharedClient>) {
        if let Some((current, checked)) = &mut *self.current()
            && Arc::ptr_eq(current, client)
        {
            *checked = Some(Instant::now());
        }
    }

    fn current(&self) -> MutexGuard<'_, Option<(Arc<SharedClient>, Option<Instant>)>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

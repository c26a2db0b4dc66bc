//! Connections that many readers share.
//!
//! The queries of the readers follow one another on the connection without waiting for the answers
//! in between, which saves most of what a query costs. A query that took long would make others
//! wait, so only those for a single row go here.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

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

/// The connections to one database that its readers share.
#[derive(Debug)]
pub(in crate::store::sql::drivers) struct SharedReaders {
    driver: PostgresDriver,
    slots: Vec<Slot>,
    next: AtomicUsize,
    ping_timeout: Duration,
}

/// A place for a connection.
#[derive(Debug, Default)]
struct Slot {
    current: Mutex<Option<(Arc<PostgresClient>, Instant)>>,
    /// Held while the connection is pinged or renewed.
    renewal: tokio::sync::Mutex<()>,
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
            slots: (0..number).map(|_| Slot::default()).collect(),
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

    /// Gives the connections up, because they may lead nowhere.
    pub(in crate::store::sql::drivers) fn close(&self) {
        for slot in &self.slots {
            *slot.current() = None;
        }
    }

    /// The connection of the slot, alive a moment ago.
    async fn client(&self, slot: &Slot) -> Result<Arc<PostgresClient>, SqlError> {
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
            _ => Arc::new(self.driver.client().await?),
        };
        *slot.current() = Some((Arc::clone(&client), Instant::now()));
        Ok(client)
    }

    async fn is_alive(&self, client: &PostgresClient) -> bool {
        matches!(timeout(self.ping_timeout, client.ping()).await, Ok(Ok(())))
    }
}

impl Slot {
    fn used_recently(&self) -> Option<Arc<PostgresClient>> {
        let current = self.current();
        let (client, last_use) = current.as_ref()?;
        let is_usable = !client.is_closed() && last_use.elapsed() < PING_AFTER_IDLE;
        is_usable.then(|| Arc::clone(client))
    }

    /// Notes that the connection works, unless it has been given up.
    fn note_use(&self, client: &Arc<PostgresClient>) {
        if let Some((current, last_use)) = &mut *self.current()
            && Arc::ptr_eq(current, client)
        {
            *last_use = Instant::now();
        }
    }

    fn current(&self) -> MutexGuard<'_, Option<(Arc<PostgresClient>, Instant)>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

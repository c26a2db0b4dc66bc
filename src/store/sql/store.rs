//! The handle of a database: its connections, and the bounds on every operation, which are a
//! time-out and a number of attempts.

use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::attempts::Attempt;
use super::drivers::{Database, Engine, SqlError, SqlUrl};
use super::glance::Gate;
use super::retry::{Retry, RetryCounter};
use super::tables::image_cache::ImageCache;
use super::tables::size_limit::SizeLimit;
use crate::budget::Budget;
use crate::store::error::StoreError;
use crate::store::plan::MAX_READS;

/// A store in a database.
#[derive(Debug)]
pub struct Sql {
    pub(super) database: Database,
    pub(super) cache: ImageCache,
    /// Whether changes are allowed.
    pub(super) gate: Gate,
    /// The budget for large images on their way through.
    pub(super) budget: Budget,
    /// The maximum duration of an operation, retries included.
    pub(super) timeout: Duration,
    pub(super) retries: RetryCounter,
    /// Set once the schema has been found to be the one that this program works with.
    pub(super) is_open: AtomicBool,
}

impl Sql {
    /// A store in the database at `url`. It is unavailable until it has been [opened](Self::open).
    ///
    /// It keeps at most `connections` connections, and no operation takes longer than `timeout`: on
    /// SQLite, none of its statements.
    /// Memory for large images is reserved from `budget`.
    #[must_use]
    pub fn new(url: SqlUrl, connections: usize, timeout: Duration, budget: Budget) -> Self {
        let url = url.of_tables();
        Self::of(
            Database::new(url, connections, timeout, false),
            timeout,
            budget,
        )
    }

    /// Like [`new`](Self::new), but no call can change anything in the database. Open it with
    /// [`open_existing`](Self::open_existing).
    #[must_use]
    pub fn read_only(url: SqlUrl, connections: usize, timeout: Duration, budget: Budget) -> Self {
        let url = url.of_tables();
        Self::of(
            Database::new(url, connections, timeout, true),
            timeout,
            budget,
        )
    }

    fn of(database: Database, timeout: Duration, budget: Budget) -> Self {
        Self {
            cache: ImageCache::new(database.engine()),
            gate: Gate::new(database.engine()),
            database,
            budget,
            timeout,
            retries: RetryCounter::default(),
            is_open: AtomicBool::new(false),
        }
    }

    /// Whether the database has been opened.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Acquire)
    }

    pub(super) fn engine(&self) -> Engine {
        self.database.engine()
    }

    /// Runs `operation`, and cancels it at the time-out.
    pub(super) async fn with_timeout<T, E: From<StoreError>>(
        &self,
        operation: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, E> {
        if !self.is_open.load(Ordering::Acquire) {
            return Err(
                StoreError::Unavailable("the database has not been opened yet".into()).into(),
            );
        }
        tokio::time::timeout(self.timeout, operation)
            .await
            .unwrap_or_else(|elapsed| {
                // The server may have vanished: the next operation opens a new connection to find
                // out.
                self.database.close_idle();
                Err(StoreError::Unavailable(elapsed.into()).into())
            })
    }

    /// Runs `operation` until it succeeds or another attempt cannot help.
    ///
    /// Its first argument is whether the attempt has to lock the image, and so keeps other writers
    /// waiting. Its second is the size of images that the attempt may load, which grows to what an
    /// earlier attempt reported as needed.
    pub(super) async fn with_retry<T, E, F>(
        &self,
        operation: impl Fn(bool, SizeLimit) -> F + Send + Sync,
    ) -> Result<T, E>
    where
        T: Send,
        E: From<StoreError> + Send,
        F: Future<Output = Attempt<T, E>> + Send,
    {
        let mut retry = Retry::new(&self.database, &self.retries);
        let (mut size, mut must_lock, mut reads) = (0, false, 0);
        // Pinned here, because each function that the future is moved to keeps room for it.
        let attempts = pin!(async {
            loop {
                let size_limit = SizeLimit::reserve(size, &self.budget)
                    .await
                    .map_err(StoreError::from)?;
                match operation(must_lock || retry.should_lock(), size_limit).await {
                    Ok(answer) => return answer,
                    Err(SqlError::TooLarge(larger)) => size = larger,
                    Err(SqlError::Unlocked) => must_lock = true,
                    Err(SqlError::Unread) if reads < MAX_READS => reads += 1,
                    Err(error) => retry.back_off(error).await?,
                }
            }
        });
        self.with_timeout(attempts).await
    }
}

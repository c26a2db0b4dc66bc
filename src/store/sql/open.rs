//! The start: the database is opened at once, or when it lets us.

use std::error::Error;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::fault::Fault;
use super::{Sql, schema};
use crate::image::Image;
use crate::store::{Source, StoreError};

/// How long the migrations may take, and those of another process.
const MIGRATION: Duration = Duration::from_mins(10);

/// How often a database is tried before it counts as unavailable at the start.
const ATTEMPTS: u32 = 3;

/// How long to wait before the next attempt.
const SHORTEST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Why a database was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A newer program has migrated it.
    #[error(
        "the database is newer than this program: its schema has version {found}, the newest known here is {known}"
    )]
    Newer {
        /// The version of its schema.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// An older program has migrated it last.
    #[error(
        "the database is older than this program: its schema has version {found}, and {known} is needed; the service \
         brings it up to date when it starts"
    )]
    Older {
        /// The version of its schema.
        found: i64,
        /// The version that this program needs.
        known: i64,
    },
    /// No program has made its tables.
    #[error(
        "the database has none of the tables of this program; the service makes them when it starts"
    )]
    NoTables,
    /// It cannot be reached, or not now.
    #[error("the database is not available: {0}")]
    Unavailable(#[source] Source),
    /// Anything else: trying again does not help.
    #[error("the database cannot be used: {0}")]
    Failed(#[source] Source),
}

impl From<Fault> for OpenError {
    fn from(fault: Fault) -> Self {
        match fault.into() {
            StoreError::Unavailable(source) => Self::Unavailable(source),
            StoreError::Internal(source) => Self::Failed(source),
        }
    }
}

impl From<sqlx::Error> for OpenError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            // Another process writes the same. Locks keep most of them off, but not those on another node of a cluster.
            sqlx::Error::Database(error) if error.is_unique_violation() => {
                Self::Unavailable(error.into())
            }
            error => Fault::from(error).into(),
        }
    }
}

impl Sql {
    /// Brings the database up to date and, if it had no tables yet, puts `images` in.
    ///
    /// Processes that do so at once may collide where there is no lock that keeps them apart: when a new file of SQLite is
    /// switched to its log, and on two nodes of a cluster. So it is tried a few times.
    pub async fn open(&self, images: &[Image]) -> Result<(), OpenError> {
        let since = Instant::now();
        for _ in 1..ATTEMPTS {
            match self.try_open(images).await {
                Err(OpenError::Unavailable(_)) if since.elapsed() < self.timeout => {
                    tokio::time::sleep(SHORTEST_PAUSE).await;
                }
                outcome => return outcome,
            }
        }
        self.try_open(images).await
    }

    /// Opens the database as it is: it has to be there, and to have the schema of this program. Nothing is changed.
    pub async fn open_as_it_is(&self) -> Result<(), OpenError> {
        let checked = tokio::time::timeout(self.timeout, async {
            let mut connection = self.pool.take().await?;
            schema::check(&mut connection).await?;
            connection.give_back();
            Ok(())
        });
        checked
            .await
            .unwrap_or_else(|elapsed| Err(OpenError::Unavailable(elapsed.into())))?;
        self.is_open.store(true, Ordering::Release);
        Ok(())
    }

    /// [Opens](Self::open) the database as soon as that is possible.
    pub async fn open_when_possible(&self, images: &[Image]) {
        let mut pause = SHORTEST_PAUSE;
        while let Err(error) = self.try_open(images).await {
            warn!(
                error = &error as &dyn Error,
                "the database cannot be opened yet"
            );
            tokio::time::sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
        info!("the database is available");
    }

    async fn try_open(&self, images: &[Image]) -> Result<(), OpenError> {
        let connection = tokio::time::timeout(self.timeout, self.pool.take());
        let connection = connection
            .await
            .map_err(|elapsed| OpenError::Unavailable(elapsed.into()))??;
        let prepared = tokio::time::timeout(
            self.timeout.max(MIGRATION),
            schema::prepare(connection, images),
        );
        prepared
            .await
            .map_err(|elapsed| OpenError::Unavailable(elapsed.into()))??;
        self.is_open.store(true, Ordering::Release);
        Ok(())
    }
}

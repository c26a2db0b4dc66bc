//! Opening a database: connect, then check its schema or bring it up to date.

use std::error::Error;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use tracing::{info, warn};

use super::open_error::OpenError;
use super::store::Sql;
use super::tables::schema;
use crate::image::Image;

/// The maximum duration of the migrations, the wait for those of another process included.
const MIGRATION_TIMEOUT: Duration = Duration::from_mins(10);

/// How often [`Sql::open`] tries before it reports the database as unavailable.
const MAX_ATTEMPTS: u32 = 3;

/// The wait before the second attempt. [`Sql::open_with_retry`] doubles it up to [`MAX_BACKOFF`].
const MIN_BACKOFF: Duration = Duration::from_millis(250);
const MAX_BACKOFF: Duration = Duration::from_secs(5);

impl Sql {
    /// Brings the schema up to date and, if the database had no tables yet, inserts `images`.
    ///
    /// Processes that start at the same time may collide where no lock separates them: when a new
    /// SQLite file is switched to write-ahead logging, and on two nodes of a cluster. So there are
    /// up to three attempts.
    pub async fn open(&self, images: &[Image]) -> Result<(), OpenError> {
        let since = Instant::now();
        for _ in 1..MAX_ATTEMPTS {
            match self.try_open(images).await {
                Err(OpenError::Unavailable(_)) if since.elapsed() < self.timeout => {
                    tokio::time::sleep(MIN_BACKOFF).await;
                }
                outcome => return outcome,
            }
        }
        self.try_open(images).await
    }

    /// Opens a database that exists and has exactly the schema of this program. Changes nothing.
    pub async fn open_existing(&self) -> Result<(), OpenError> {
        let checked = tokio::time::timeout(self.timeout, async {
            let mut connection = self.database.acquire().await?;
            schema::check(&mut connection).await?;
            connection.release();
            Ok(())
        });
        checked
            .await
            .unwrap_or_else(|elapsed| Err(OpenError::Unavailable(elapsed.into())))?;
        self.is_open.store(true, Ordering::Release);
        Ok(())
    }

    /// [Opens](Self::open) the database, and retries without end until that succeeds.
    pub async fn open_with_retry(&self, images: &[Image]) {
        let mut backoff = MIN_BACKOFF;
        while let Err(error) = self.try_open(images).await {
            warn!(
                error = &error as &dyn Error,
                "the database cannot be opened yet"
            );
            tokio::time::sleep(backoff).await;
            backoff = MAX_BACKOFF.min(backoff * 2);
        }
        info!("the database is available");
    }

    async fn try_open(&self, images: &[Image]) -> Result<(), OpenError> {
        let transaction = tokio::time::timeout(self.timeout, self.database.begin());
        let transaction = transaction
            .await
            .map_err(|elapsed| OpenError::Unavailable(elapsed.into()))??;
        let prepared = tokio::time::timeout(
            self.timeout.max(MIGRATION_TIMEOUT),
            schema::prepare(transaction, images),
        );
        prepared
            .await
            .map_err(|elapsed| OpenError::Unavailable(elapsed.into()))??;
        self.is_open.store(true, Ordering::Release);
        Ok(())
    }
}

//! The store in a database: SQLite, PostgreSQL or MariaDB, with any number of processes on it.
//!
//! Whatever writes an image moves its revision in the same transaction, and writes only if the image is still the one that
//! was read. So nothing that was acknowledged is undone by somebody who did not see it.

mod attempt;
mod column;
mod engine;
mod fault;
mod list;
mod open;
mod packed;
mod pool;
mod read;
mod room;
mod schema;
mod statement;
mod tries;
mod url;
mod write;
mod writer;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;

pub use self::open::OpenError;
pub use self::url::{Engine, SqlUrl, SqlUrlError};

use self::attempt::Tried;
use self::fault::Fault;
use self::pool::Pool;
use self::room::Room;
use self::tries::Tries;
use self::write::Write;
use self::writer::{Turn, Writer};
use super::{
    Author, Change, ChangeError, Check, CreateError, ImageQuery, ImageStore, ListError, Page,
    StoreError, StoredImage, changed,
};
use crate::budget::Budget;
use crate::image::{Image, ImageId, NewImage};

/// Images in a database.
#[derive(Debug)]
pub struct Sql {
    pool: Pool,
    budget: Budget,
    timeout: Duration,
    writer: Writer,
    is_open: AtomicBool,
}

impl Sql {
    /// A store in the database at `url`. Until it has been [opened](Self::open) it is not available.
    ///
    /// It has at most so many `connections`, and no operation takes longer than `timeout`. What is large on its way through
    /// is reserved of the `budget`.
    #[must_use]
    pub fn new(url: SqlUrl, connections: usize, timeout: Duration, budget: Budget) -> Self {
        Self::over(Pool::new(url, connections, timeout), timeout, budget)
    }

    /// The same to read only: nothing is changed in the database, whatever is called. It is opened
    /// [as it is](Self::open_as_it_is).
    #[must_use]
    pub fn to_read(url: SqlUrl, connections: usize, timeout: Duration, budget: Budget) -> Self {
        Self::over(Pool::to_read(url, connections, timeout), timeout, budget)
    }

    fn over(pool: Pool, timeout: Duration, budget: Budget) -> Self {
        Self {
            pool,
            budget,
            timeout,
            writer: Writer::default(),
            is_open: AtomicBool::new(false),
        }
    }

    /// What comes of `operation`, but not later than it may.
    async fn in_time<T, E: From<StoreError>>(
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
                // The server may be gone without a word: the next one shall find out with a new connection.
                self.pool.forget_idle();
                Err(StoreError::Unavailable(elapsed.into()).into())
            })
    }

    /// What comes of `operation`, tried again while that may help. It is told when it is time to keep others waiting, and has
    /// as much room for images as it has found out that it needs.
    async fn tried<T, E, F>(
        &self,
        operation: impl Fn(bool, Room) -> F + Send + Sync,
    ) -> Result<T, E>
    where
        T: Send,
        E: From<StoreError> + Send,
        F: Future<Output = Tried<T, E>> + Send,
    {
        let mut tries = Tries::new(&self.pool);
        let (mut size, mut in_turn) = (0, false);
        self.in_time(async {
            loop {
                let room = Room::of(size, &self.budget)
                    .await
                    .map_err(|error| StoreError::from(Fault::from(error)))?;
                match operation(in_turn || tries.are_many(), room).await {
                    Ok(answer) => return answer,
                    Err(Fault::TooLarge(larger)) => size = larger,
                    Err(Fault::Busy) => in_turn = true,
                    Err(fault) => tries.after(fault).await?,
                }
            }
        })
        .await
    }

    /// The right to write, where only one has it at a time.
    async fn turn(&self) -> Result<Option<Turn<'_>>, Fault> {
        if self.pool.engine().has_one_writer() {
            self.writer.turn().await.map(Some)
        } else {
            Ok(None)
        }
    }
}

#[async_trait]
impl ImageStore for Sql {
    async fn image(&self, id: ImageId) -> Result<Option<StoredImage>, StoreError> {
        self.tried(|_, room| self.try_read(id, room)).await
    }

    async fn list(&self, query: &ImageQuery) -> Result<Page, ListError> {
        self.tried(|_, room| self.try_list(query, room)).await
    }

    async fn all(&self, after: Option<ImageId>, limit: usize) -> Result<Page, StoreError> {
        self.tried(|_, room| self.try_all(after, limit, room)).await
    }

    async fn create(&self, image: NewImage, _by: &Author<'_>) -> Result<StoredImage, CreateError> {
        let image = Arc::new(image.into_image());
        self.tried(|_, room| self.try_create(&image, room)).await
    }

    async fn change(
        &self,
        id: ImageId,
        _by: &Author<'_>,
        change: Change<'_>,
    ) -> Result<StoredImage, ChangeError> {
        let decide =
            |image: &Image| Ok(changed(image, change)?.map(|after| Write::Update(Arc::new(after))));
        self.tried(|locked, room| self.try_write(id, &decide, locked, room))
            .await
    }

    async fn delete(
        &self,
        id: ImageId,
        _by: &Author<'_>,
        check: Check<'_>,
    ) -> Result<(), ChangeError> {
        let decide = |image: &Image| {
            check(image)?;
            Ok(Some(Write::Delete))
        };
        self.tried(|locked, room| self.try_write(id, &decide, locked, room))
            .await
            .map(drop)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.in_time(async { Ok(self.pool.ping().await?) }).await
    }
}

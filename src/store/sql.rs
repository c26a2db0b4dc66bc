//! The store in a database: SQLite, PostgreSQL or MariaDB, with any number of processes on it.
//!
//! Whatever writes an image moves its revision in the same transaction, and writes only if the image is still the one that
//! was read. So nothing that was acknowledged is undone by somebody who did not see it.

mod engine;
mod fault;
mod list;
mod open;
mod packed;
mod pool;
mod read;
mod schema;
mod statement;
mod tries;
mod url;
mod write;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Mutex, MutexGuard};

pub use self::open::OpenError;
pub use self::url::{Engine, SqlUrl, SqlUrlError};

use self::fault::Fault;
use self::pool::Pool;
use self::tries::Tries;
use self::write::Write;
use super::{
    Author, Change, ChangeError, Check, CreateError, ImageQuery, ImageStore, ListError, Page, StoreError, changed,
};
use crate::image::{Image, ImageId};

/// Images in a database.
#[derive(Debug)]
pub struct Sql {
    pool: Pool,
    timeout: Duration,
    /// For an engine with one writer at a time: who waits here waits in order, and holds no connection.
    writer: Mutex<()>,
    is_open: AtomicBool,
}

/// What came of a try: an answer for the caller, which may be a refusal, or a fault.
type Tried<T, E> = Result<Result<T, E>, Fault>;

/// What is to be written, for the image as it is; `None` for nothing.
type Decide<'a> = &'a (dyn Fn(&Image) -> Result<Option<Write>, ChangeError> + Send + Sync);

impl Sql {
    /// A store in the database at `url`. Until it has been [opened](Self::open) it is not available.
    ///
    /// It has at most so many `connections`, and no operation takes longer than `timeout`.
    #[must_use]
    pub fn new(url: SqlUrl, connections: usize, timeout: Duration) -> Self {
        Self::over(Pool::new(url, connections, timeout), timeout)
    }

    /// The same to read only: nothing is changed in the database, whatever is called. It is opened
    /// [as it is](Self::open_as_it_is).
    #[must_use]
    pub fn to_read(url: SqlUrl, connections: usize, timeout: Duration) -> Self {
        Self::over(Pool::to_read(url, connections, timeout), timeout)
    }

    fn over(pool: Pool, timeout: Duration) -> Self {
        Self { pool, timeout, writer: Mutex::default(), is_open: AtomicBool::new(false) }
    }

    /// What comes of `operation`, but not later than it may.
    async fn in_time<T, E: From<StoreError>>(
        &self,
        operation: impl Future<Output = Result<T, E>> + Send,
    ) -> Result<T, E> {
        if !self.is_open.load(Ordering::Acquire) {
            return Err(StoreError::Unavailable("the database has not been opened yet".into()).into());
        }
        tokio::time::timeout(self.timeout, operation).await.unwrap_or_else(|elapsed| {
            // The server may be gone without a word: the next one shall find out with a new connection.
            self.pool.forget_idle();
            Err(StoreError::Unavailable(elapsed.into()).into())
        })
    }

    /// What comes of `operation`, tried again while that may help. It is told when it is time to keep others waiting.
    async fn tried<T, E, F>(&self, operation: impl Fn(bool) -> F + Send + Sync) -> Result<T, E>
    where
        T: Send,
        E: From<StoreError> + Send,
        F: Future<Output = Tried<T, E>> + Send,
    {
        let mut tries = Tries::new(&self.pool);
        self.in_time(async {
            loop {
                match operation(tries.are_many()).await {
                    Ok(answer) => return answer,
                    Err(fault) => tries.after(fault).await?,
                }
            }
        })
        .await
    }

    /// The right to write, where only one has it at a time.
    async fn turn(&self) -> Option<MutexGuard<'_, ()>> {
        if self.pool.engine().has_one_writer() { Some(self.writer.lock().await) } else { None }
    }

    async fn read(&self, id: ImageId) -> Result<Option<Image>, Fault> {
        let mut connection = self.pool.take().await?;
        let image = read::image(&mut connection, id).await?;
        connection.give_back();
        Ok(image)
    }

    async fn try_list(&self, query: &ImageQuery) -> Tried<Page, ListError> {
        let mut connection = self.pool.take().await?;
        let marker = match query.marker {
            None => None,
            Some(id) => match read::image(&mut connection, id).await? {
                Some(image) if query.viewer.sees(&image) => Some(image),
                _ => {
                    connection.give_back();
                    return Ok(Err(ListError::NoSuchMarker));
                }
            },
        };
        let (images, more) = list::page(&mut connection, query, marker.as_ref()).await?;
        connection.give_back();
        Ok(Ok(Page { images: images.into_iter().map(Arc::new).collect(), more }))
    }

    async fn try_all(&self, after: Option<ImageId>, limit: usize) -> Tried<Vec<Arc<Image>>, StoreError> {
        let mut connection = self.pool.take().await?;
        let images = list::by_id(&mut connection, after, limit).await?;
        connection.give_back();
        Ok(Ok(images.into_iter().map(Arc::new).collect()))
    }

    async fn try_create(&self, image: &Image) -> Tried<(), CreateError> {
        let _turn = self.turn().await;
        let mut connection = self.pool.take().await?;
        connection.begin().await?;
        match write::insert(&mut connection, image).await {
            Ok(()) => connection.commit().await.map(Ok),
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                connection.leave().await;
                Ok(Err(CreateError::Exists))
            }
            Err(error) => Err(connection.fail(error.into()).await),
        }
    }

    /// Reads the image and writes what `decide` makes of it. With `locked` other writers wait; without, one that is faster is
    /// a conflict. Answers the image as it is then; one that was deleted, as it was last.
    async fn try_write(&self, id: ImageId, decide: Decide<'_>, locked: bool) -> Tried<Arc<Image>, ChangeError> {
        let mut turn = if locked { self.turn().await } else { None };
        let mut connection = self.pool.take().await?;
        if locked {
            connection.begin().await?;
            connection.lock(id).await?;
        }
        let Some(before) = read::image(&mut connection, id).await? else {
            connection.leave().await;
            return Ok(Err(ChangeError::NoSuchImage));
        };
        let write = match decide(&before) {
            Ok(Some(write)) => write,
            nothing => {
                connection.leave().await;
                return Ok(nothing.map(|_| Arc::new(before)));
            }
        };
        if !locked {
            if self.pool.engine().has_one_writer() {
                connection.leave().await;
                turn = self.turn().await;
                connection = self.pool.take().await?;
            }
            connection.begin().await?;
        }
        let fault = match write.run(&mut connection, &before).await {
            Ok(true) => {
                connection.commit().await?;
                drop(turn);
                return Ok(Ok(write.into_image().unwrap_or_else(|| Arc::new(before))));
            }
            Ok(false) => Fault::Conflict("the image was changed at the same time".into()),
            Err(error) => error.into(),
        };
        Err(connection.fail(fault).await)
    }
}

#[async_trait]
impl ImageStore for Sql {
    async fn image(&self, id: ImageId) -> Result<Option<Arc<Image>>, StoreError> {
        self.tried(|_| async move { Ok(Ok(self.read(id).await?.map(Arc::new))) }).await
    }

    async fn list(&self, query: &ImageQuery) -> Result<Page, ListError> {
        self.tried(|_| self.try_list(query)).await
    }

    async fn all(&self, after: Option<ImageId>, limit: usize) -> Result<Vec<Arc<Image>>, StoreError> {
        self.tried(|_| self.try_all(after, limit)).await
    }

    async fn create(&self, image: Image, _by: &Author<'_>) -> Result<Arc<Image>, CreateError> {
        image.check_storable()?;
        self.tried(|_| self.try_create(&image)).await?;
        Ok(Arc::new(image))
    }

    async fn change(&self, id: ImageId, _by: &Author<'_>, change: Change<'_>) -> Result<Arc<Image>, ChangeError> {
        let decide = |image: &Image| Ok(changed(image, change)?.map(|after| Write::Update(Arc::new(after))));
        self.tried(|locked| self.try_write(id, &decide, locked)).await
    }

    async fn delete(&self, id: ImageId, _by: &Author<'_>, check: Check<'_>) -> Result<(), ChangeError> {
        let decide = |image: &Image| {
            check(image)?;
            Ok(Some(Write::Delete))
        };
        self.tried(|locked| self.try_write(id, &decide, locked)).await.map(drop)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.in_time(async { Ok(self.pool.ping().await?) }).await
    }
}

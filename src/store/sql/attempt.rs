//! One attempt at each operation: one connection, one size limit for images.
//!
//! After an error an attempt has written nothing, except that an error during a commit leaves that
//! unknown.

use std::sync::Arc;

use super::error::{Attempt, SqlError};
use super::list;
use super::pool::Connection;
use super::read;
use super::size_limit::SizeLimit;
use super::store::Sql;
use super::transaction::{begin, begin_locked};
use super::write::{self, Write};
use super::write_queue::WritePermit;
use crate::image::{Image, ImageId};
use crate::store::error::{ChangeError, CreateError, ListError, StoreError};
use crate::store::query::ImageQuery;
use crate::store::stored::{Page, StoredImage};

/// Decides what to write, given the current image; `None` writes nothing.
pub(super) type Decide<'a> =
    &'a (dyn Fn(&Image) -> Result<Option<Write>, ChangeError> + Send + Sync);

impl Sql {
    pub(super) async fn try_read(
        &self,
        id: ImageId,
        size_limit: SizeLimit,
    ) -> Attempt<Option<StoredImage>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        let outcome = read::image(&mut connection, id, &size_limit).await;
        let image = connection.finish(outcome).await?;
        Ok(Ok(image.map(|image| stored(Arc::new(image), size_limit))))
    }

    pub(super) async fn try_list(
        &self,
        query: &ImageQuery,
        size_limit: SizeLimit,
    ) -> Attempt<Page, ListError> {
        let mut connection = self.pool.acquire().await?;
        let outcome = self.read_list(&mut connection, query, size_limit).await;
        connection.finish(outcome).await
    }

    async fn read_list(
        &self,
        connection: &mut Connection<'_>,
        query: &ImageQuery,
        size_limit: SizeLimit,
    ) -> Attempt<Page, ListError> {
        let marker = match query.marker {
            None => None,
            Some(id) => match read::image(connection, id, &size_limit).await? {
                Some(image) if query.viewer.sees(&image) => Some(image.without_parts()),
                _ => return Ok(Err(ListError::NoSuchMarker)),
            },
        };
        let size_limit = size_limit.raised_to(list::expected_size(query.limit), &self.budget)?;
        let (images, more) = list::page(connection, query, marker.as_ref(), &size_limit).await?;
        Ok(Ok(page(images, more, size_limit)))
    }

    pub(super) async fn try_all(
        &self,
        after: Option<ImageId>,
        limit: usize,
        size_limit: SizeLimit,
    ) -> Attempt<Page, StoreError> {
        let mut connection = self.pool.acquire().await?;
        let outcome = self
            .read_all(&mut connection, after, limit, size_limit)
            .await;
        connection.finish(outcome).await.map(Ok)
    }

    async fn read_all(
        &self,
        connection: &mut Connection<'_>,
        after: Option<ImageId>,
        limit: usize,
        size_limit: SizeLimit,
    ) -> Result<Page, SqlError> {
        let size_limit = size_limit.raised_to(list::expected_size(limit), &self.budget)?;
        let (images, more) = list::by_id(connection, after, limit, &size_limit).await?;
        Ok(page(images, more, size_limit))
    }

    pub(super) async fn try_create(
        &self,
        image: &Arc<Image>,
        size_limit: SizeLimit,
    ) -> Attempt<StoredImage, CreateError> {
        let permit = self.write_permit().await?;
        let mut connection = self.pool.acquire().await?;
        let size_limit = match size_limit.raised_to(image.size(), &self.budget) {
            Ok(size_limit) => size_limit,
            Err(error) => return Err(connection.fail(error).await),
        };
        if let Err(error) = begin(&mut connection, permit.as_ref()).await {
            return Err(connection.fail(error).await);
        }
        match write::insert(&mut connection, image).await {
            Ok(()) => {
                connection.commit().await?;
                permit.iter().for_each(WritePermit::note_progress);
                Ok(Ok(stored(Arc::clone(image), size_limit)))
            }
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                connection.rollback().await;
                Ok(Err(CreateError::Exists))
            }
            Err(error) => Err(connection.fail(error.into()).await),
        }
    }

    /// Reads the image and writes what `decide` makes of it. Returns the image as it is afterwards,
    /// or as it was before its deletion.
    ///
    /// With `locked`, other writers of the image wait. Without, a concurrent write makes the
    /// attempt fail with a conflict.
    pub(super) async fn try_write(
        &self,
        id: ImageId,
        decide: Decide<'_>,
        locked: bool,
        size_limit: SizeLimit,
    ) -> Attempt<StoredImage, ChangeError> {
        let mut permit = if locked {
            self.write_permit().await?
        } else {
            None
        };
        let mut connection = self.pool.acquire().await?;
        if locked && let Err(error) = begin_locked(&mut connection, permit.as_ref(), id).await {
            return Err(connection.fail(error).await);
        }
        let before = match read::image(&mut connection, id, &size_limit).await {
            Ok(Some(before)) => before,
            Ok(None) => {
                connection.rollback().await;
                return Ok(Err(ChangeError::NoSuchImage));
            }
            Err(error) => return Err(connection.fail(error).await),
        };
        let write = match decide(&before) {
            Ok(Some(write)) => write,
            no_write => {
                connection.rollback().await;
                return Ok(no_write.map(|_| stored(Arc::new(before), size_limit)));
            }
        };
        if let Err(error) = size_limit.check(write.size()) {
            return Err(connection.fail(error).await);
        }
        if !locked {
            if self.engine().is_single_writer() {
                permit = self.write_queue.try_acquire();
                if permit.is_none() {
                    // Do not hold an image in memory while queueing: the next attempt reads it
                    // again once it has the permit.
                    connection.rollback().await;
                    return Err(SqlError::Busy);
                }
            }
            if let Err(error) = begin(&mut connection, permit.as_ref()).await {
                return Err(connection.fail(error).await);
            }
        }
        let error = match write.run(&mut connection, &before).await {
            Ok(true) => {
                connection.commit().await?;
                permit.iter().for_each(WritePermit::note_progress);
                let after = write.into_image().unwrap_or_else(|| Arc::new(before));
                return Ok(Ok(stored(after, size_limit)));
            }
            Ok(false) => SqlError::Conflict("the image was changed at the same time".into()),
            Err(error) => error.into(),
        };
        Err(connection.fail(error).await)
    }
}

/// An image, with the part of the reservation that it keeps.
fn stored(image: Arc<Image>, size_limit: SizeLimit) -> StoredImage {
    let memory = size_limit.into_retained(image.size());
    StoredImage { image, memory }
}

/// A page, with the part of the reservation that its images keep.
fn page(images: Vec<Image>, more: bool, size_limit: SizeLimit) -> Page {
    let images = images.into_iter().map(Arc::new).collect();
    let page = Page {
        images,
        more,
        ..Page::default()
    };
    Page {
        memory: size_limit.into_retained(page.size()),
        ..page
    }
}

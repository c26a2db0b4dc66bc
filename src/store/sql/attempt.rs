//! One attempt at each operation of the store: on one connection, with the room that there is for images.
//!
//! What comes of it is an answer for the caller, which may be a refusal, or a fault. On a fault nothing has been written, or
//! nobody can know.

use std::sync::Arc;

use super::fault::Fault;
use super::pool::Connection;
use super::room::Room;
use super::write::{self, Write};
use super::writer::Turn;
use super::{Sql, list, read};
use crate::image::{Image, ImageId};
use crate::store::{
    ChangeError, CreateError, ImageQuery, ListError, Page, StoreError, StoredImage,
};

/// What came of an attempt.
pub(super) type Tried<T, E> = Result<Result<T, E>, Fault>;

/// What is to be written, for the image as it is; `None` for nothing.
pub(super) type Decide<'a> =
    &'a (dyn Fn(&Image) -> Result<Option<Write>, ChangeError> + Send + Sync);

impl Sql {
    pub(super) async fn try_read(
        &self,
        id: ImageId,
        room: Room,
    ) -> Tried<Option<StoredImage>, StoreError> {
        let mut connection = self.pool.take().await?;
        match read::image(&mut connection, id, &room).await {
            Ok(image) => {
                connection.give_back();
                Ok(Ok(image.map(|image| stored(Arc::new(image), room))))
            }
            Err(fault) => Err(connection.fail(fault).await),
        }
    }

    pub(super) async fn try_list(&self, query: &ImageQuery, room: Room) -> Tried<Page, ListError> {
        let mut connection = self.pool.take().await?;
        match self.page(&mut connection, query, room).await {
            Ok(page) => {
                connection.give_back();
                Ok(page)
            }
            Err(fault) => Err(connection.fail(fault).await),
        }
    }

    async fn page(
        &self,
        connection: &mut Connection<'_>,
        query: &ImageQuery,
        room: Room,
    ) -> Tried<Page, ListError> {
        let marker = match query.marker {
            None => None,
            Some(id) => match read::image(connection, id, &room).await? {
                Some(image) if query.viewer.sees(&image) => Some(image.without_collections()),
                _ => return Ok(Err(ListError::NoSuchMarker)),
            },
        };
        let room = room.at_least(list::usual_size(query.limit), &self.budget)?;
        let (images, more) = list::page(connection, query, marker.as_ref(), &room).await?;
        Ok(Ok(page_of(images, more, room)))
    }

    pub(super) async fn try_all(
        &self,
        after: Option<ImageId>,
        limit: usize,
        room: Room,
    ) -> Tried<Page, StoreError> {
        let mut connection = self.pool.take().await?;
        match self.part(&mut connection, after, limit, room).await {
            Ok(page) => {
                connection.give_back();
                Ok(Ok(page))
            }
            Err(fault) => Err(connection.fail(fault).await),
        }
    }

    async fn part(
        &self,
        connection: &mut Connection<'_>,
        after: Option<ImageId>,
        limit: usize,
        room: Room,
    ) -> Result<Page, Fault> {
        let room = room.at_least(list::usual_size(limit), &self.budget)?;
        let (images, more) = list::by_id(connection, after, limit, &room).await?;
        Ok(page_of(images, more, room))
    }

    pub(super) async fn try_create(
        &self,
        image: &Arc<Image>,
        room: Room,
    ) -> Tried<StoredImage, CreateError> {
        let turn = self.turn().await?;
        let mut connection = self.pool.take().await?;
        let room = match room.at_least(image.size(), &self.budget) {
            Ok(room) => room,
            Err(fault) => return Err(connection.fail(fault).await),
        };
        if let Err(fault) = begin(&mut connection, turn.as_ref()).await {
            return Err(connection.fail(fault).await);
        }
        match write::insert(&mut connection, image).await {
            Ok(()) => {
                connection.commit().await?;
                turn.iter().for_each(Turn::moves);
                Ok(Ok(stored(Arc::clone(image), room)))
            }
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                connection.leave().await;
                Ok(Err(CreateError::Exists))
            }
            Err(error) => Err(connection.fail(error.into()).await),
        }
    }

    /// Reads the image and writes what `decide` makes of it. With `locked` other writers wait; without, one that is faster is
    /// a conflict. Answers the image as it is then; one that was deleted, as it was last.
    pub(super) async fn try_write(
        &self,
        id: ImageId,
        decide: Decide<'_>,
        locked: bool,
        room: Room,
    ) -> Tried<StoredImage, ChangeError> {
        let mut turn = if locked { self.turn().await? } else { None };
        let mut connection = self.pool.take().await?;
        if locked && let Err(fault) = begin_locked(&mut connection, turn.as_ref(), id).await {
            return Err(connection.fail(fault).await);
        }
        let before = match read::image(&mut connection, id, &room).await {
            Ok(Some(before)) => before,
            Ok(None) => {
                connection.leave().await;
                return Ok(Err(ChangeError::NoSuchImage));
            }
            Err(fault) => return Err(connection.fail(fault).await),
        };
        let write = match decide(&before) {
            Ok(Some(write)) => write,
            nothing => {
                connection.leave().await;
                return Ok(nothing.map(|_| stored(Arc::new(before), room)));
            }
        };
        if let Err(fault) = room.check(write.size()) {
            return Err(connection.fail(fault).await);
        }
        if !locked {
            if self.pool.engine().has_one_writer() {
                turn = self.writer.try_turn();
                if turn.is_none() {
                    // Whoever waits for its turn holds no image: it reads the image again when it may write.
                    connection.leave().await;
                    return Err(Fault::Busy);
                }
            }
            if let Err(fault) = begin(&mut connection, turn.as_ref()).await {
                return Err(connection.fail(fault).await);
            }
        }
        let fault = match write.run(&mut connection, &before).await {
            Ok(true) => {
                connection.commit().await?;
                turn.iter().for_each(Turn::moves);
                return Ok(Ok(stored(
                    write.into_image().unwrap_or_else(|| Arc::new(before)),
                    room,
                )));
            }
            Ok(false) => Fault::Conflict("the image was changed at the same time".into()),
            Err(error) => error.into(),
        };
        Err(connection.fail(fault).await)
    }
}

/// Begins a transaction that will write, and notes that those who wait for their turn need not give up.
async fn begin(connection: &mut Connection<'_>, turn: Option<&Turn<'_>>) -> Result<(), Fault> {
    let moves = || turn.into_iter().for_each(Turn::moves);
    connection.begin(moves).await?;
    moves();
    Ok(())
}

/// The same, and keeps other writers off the image.
async fn begin_locked(
    connection: &mut Connection<'_>,
    turn: Option<&Turn<'_>>,
    id: ImageId,
) -> Result<(), Fault> {
    begin(connection, turn).await?;
    connection.lock(id).await
}

/// An image for which there was `room`.
fn stored(image: Arc<Image>, room: Room) -> StoredImage {
    let memory = room.left_for(image.size());
    StoredImage { image, memory }
}

/// A page for which there was `room`.
fn page_of(images: Vec<Image>, more: bool, room: Room) -> Page {
    let images = images.into_iter().map(Arc::new).collect();
    let page = Page {
        images,
        more,
        ..Page::default()
    };
    Page {
        memory: room.left_for(page.size()),
        ..page
    }
}

//! The contract between the service and a store.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;

use super::draft::Draft;
use super::error::{DraftError, ListError, StoreError, WriteError};
use super::query::{EventPage, HistoryQuery, ImageQuery, Pruned, TagPage, TagQuery};
use super::statistics::StoreStatistics;
use super::stored::{Page, StoredImage, Written};
use crate::identity::ProjectId;
use crate::image::{Image, ImageId, NewImage, Reason, Refusal, ScopedTag, Tag, TagEvent};

/// Edits the images of a draft into the wanted ones, or refuses. Must be pure: the store may call
/// it several times, on different states of the images.
pub type Write<'a> = &'a (dyn Fn(&mut Draft<'_>) -> Result<(), DraftError> + Send + Sync);

/// Edits one image into the wanted one, or refuses. Pure, like a [`Write`].
pub type Change<'a> = &'a (dyn Fn(&mut Image) -> Result<(), Refusal> + Send + Sync);

/// Decides whether an image may be deleted. Pure, like a [`Write`].
pub type Check<'a> = &'a (dyn Fn(&Image) -> Result<(), Refusal> + Send + Sync);

/// Who writes, and why, for the history of tags. It takes no part in any decision.
#[derive(Clone, Copy, Debug)]
pub struct Author<'a> {
    /// The id of the user.
    pub user: &'a str,
    /// The project that the user's token is scoped to.
    pub project: Option<&'a ProjectId>,
    /// The id of the request that the change belongs to.
    pub request_id: &'a str,
    /// The reason that the user gave.
    pub reason: Option<&'a Reason>,
}

impl<'a> Author<'a> {
    /// An author that writes for no request, such as a command of the program.
    #[must_use]
    pub const fn without_request(user: &'a str) -> Self {
        Self {
            user,
            project: None,
            request_id: "",
            reason: None,
        }
    }
}

/// Images and their tags.
///
/// A store keeps this contract, and the conformance suite in `tests/store/` tests every backend
/// against it:
///
/// 1. **Atomicity.** Each call takes effect at one instant between its start and its return.
///    Concurrent callers, also those in other processes on the same database, see all of it or
///    nothing.
/// 2. **Acknowledgement.** `Ok` from a write means that the write is done: every later read sees
///    it, and no concurrent write undoes it. A database has also committed it to disk; [`Memory`]
///    loses it at a restart.
/// 3. **Refusals write nothing.** After an error that is not a [`StoreError`], the image is as it
///    was. After a [`StoreError`], the caller cannot know whether the write was done.
/// 4. **Pure closures.** A store may run a [`Write`] any number of times. The run that counts saw
///    every image and every carrier that it asked for exactly as they were at the instant of the
///    write. All that it changes takes effect at that instant, or nothing does. If the closure
///    panics, the images stay as they were and the store stays usable.
/// 5. **Equal images are not written.** If a write leaves an image equal, its revision and times do
///    not move. Otherwise the revision rises by one, and `updated_at` moves forward unless only
///    members changed.
/// 6. **History.** For each tag that an image gains or loses, the write adds an event to the
///    history, which takes effect at the same instant.
/// 7. **Exact text.** A store returns every text byte for byte as it was given, and compares texts
///    byte by byte.
/// 8. **Page bounds.** A page must hold at most `limit` images. It must also end before its images
///    are larger than [`Page::MAX_SIZE`] together, unless its first image alone is larger. If an
///    image follows in the list, [`Page::more`] is set.
///
/// [`Memory`]: super::Memory
#[async_trait]
pub trait ImageStore: fmt::Debug + Send + Sync + 'static {
    /// Reads the image with this id; `None` if it does not exist.
    async fn image(&self, id: ImageId) -> Result<Option<StoredImage>, StoreError>;

    /// Reads the page of images that `query` describes.
    async fn list(&self, query: &ImageQuery) -> Result<Page, ListError>;

    /// Reads a page of all images in the order of their ids, whatever their owner and status: at
    /// most `limit`, starting after the id `after`.
    async fn all(&self, after: Option<ImageId>, limit: usize) -> Result<Page, StoreError>;

    /// Writes what `write` makes of the images that it asks for.
    async fn write(&self, by: &Author<'_>, write: Write<'_>) -> Result<Written, WriteError>;

    /// Adds a new image with the times and the revision that it has.
    async fn create(&self, image: NewImage, by: &Author<'_>) -> Result<StoredImage, WriteError> {
        let id = image.id();
        let write = move |draft: &mut Draft<'_>| {
            draft.create(image.clone());
            Ok(())
        };
        self.write(by, &write).await?.into_image(id)
    }

    /// Applies `change` to the image and returns the result.
    async fn change(
        &self,
        id: ImageId,
        by: &Author<'_>,
        change: Change<'_>,
    ) -> Result<StoredImage, WriteError> {
        let write = |draft: &mut Draft<'_>| Ok(change(draft.image(id)?)?);
        self.write(by, &write).await?.into_image(id)
    }

    /// Deletes the image if `check` allows it.
    async fn delete(
        &self,
        id: ImageId,
        by: &Author<'_>,
        check: Check<'_>,
    ) -> Result<(), WriteError> {
        let write = |draft: &mut Draft<'_>| {
            check(draft.stored(id)?)?;
            draft.delete(id)
        };
        self.write(by, &write).await.map(drop)
    }

    /// Fails while the store accepts no changes of tags at all.
    fn accepts_changes(&self) -> Result<(), StoreError>;

    /// The state of the connections to a database, and what has been counted; `None` without one.
    fn statistics(&self) -> Option<StoreStatistics>;

    /// Reads the page of the catalogue of tags that `query` describes.
    async fn tags(&self, query: &TagQuery) -> Result<TagPage, StoreError>;

    /// Reads the page of the history of tags that `query` describes, newest first.
    async fn history(&self, query: &HistoryQuery) -> Result<EventPage, StoreError>;

    /// Reads for each of `images` the event that added `tag` to it, the newest by its time if there
    /// are several; `None` if the history does not have it.
    async fn latest_additions(
        &self,
        tag: &Tag,
        images: &[ImageId],
    ) -> Result<Vec<Option<TagEvent>>, StoreError>;

    /// Reads the id of the newest event of the tag in its scope, 0 without one.
    async fn last_event(&self, tag: &ScopedTag) -> Result<u64, StoreError>;

    /// Reads the events of the whole history in the order of their ids: at most `limit`, starting
    /// after the id `after`.
    async fn events_after(&self, after: u64, limit: usize) -> Result<EventPage, StoreError>;

    /// Adds those of `events` that the history does not have, and returns their number. They get
    /// new ids, in their order. An event is known by its image, tag, time and action.
    async fn import_events(&self, events: &[TagEvent]) -> Result<usize, StoreError>;

    /// Removes what the history does not need to keep of events before `before`. Looks at no more
    /// than `limit` events, starting after the id `after`; a pass starts at 0 and goes on until
    /// [`Pruned::next`] is `None`.
    ///
    /// The newest event of an owner and tag stays while an image of the owner carries the tag: it
    /// is the state of the tag. The newest addition of a tag stays while the tag is on the image:
    /// it tells who put it there.
    async fn prune_history(
        &self,
        before: Timestamp,
        after: u64,
        limit: usize,
    ) -> Result<Pruned, StoreError>;

    /// Puts the store back to these images, without a history. Only a store in memory does so, for
    /// development; `false` from every other one.
    async fn reset(&self, images: &[Image]) -> bool;

    /// Tests whether the store is reachable. Does not wait for other calls, so that a busy store
    /// answers too.
    async fn ping(&self) -> Result<(), StoreError>;
}

//! What a write comes to, which both backends compute the same way.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::contract::{Author, Write};
use super::draft::{Draft, DraftImage, Selection, Snapshot};
use super::error::{DraftError, WriteError};
use super::stored::Written;
use crate::budget::Reservation;
use crate::image::{Image, ImageId, Tag, TagAction, TagEvent, WriteId};

/// How often a write may ask for more than it has asked for before. A write of this program asks at
/// most for an image, then for the carriers of its tags, then for one more image.
pub(super) const MAX_READS: u32 = 16;

/// A write asked for more than [`MAX_READS`] times.
#[derive(Debug, thiserror::Error)]
#[error("a write asks for more and more")]
pub(super) struct SelectionError;

/// What the closure of a write has decided.
pub(super) enum Decision {
    /// It needs to know more.
    Incomplete(Selection),
    /// Write this.
    Write(Plan),
}

/// The images that a write changes. A write that changes nothing has none.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) writes: Vec<ImageWrite>,
}

/// One image before and after a write; `None` before its creation and after its deletion.
#[derive(Clone, Debug)]
pub(super) struct ImageWrite {
    pub(super) before: Option<Arc<Image>>,
    pub(super) after: Option<Arc<Image>>,
    /// The time of its events.
    pub(super) time: Timestamp,
    /// For an image of an export, the tags whose addition is an event.
    additions: Option<BTreeSet<Tag>>,
}

/// Runs the closure of a write on `snapshot`. The images get their new revisions and times; those
/// that come out equal are left out.
pub(super) fn decide(snapshot: &Snapshot, write: Write<'_>) -> Result<Decision, WriteError> {
    let mut draft = Draft::new(snapshot);
    match write(&mut draft) {
        Ok(()) => {}
        Err(DraftError::Unread) => return Ok(Decision::Incomplete(draft.missing)),
        Err(DraftError::NoSuchImage) => return Err(WriteError::NoSuchImage),
        Err(DraftError::Exists) => return Err(WriteError::Exists),
        Err(DraftError::Refused(refusal)) => return Err(refusal.into()),
    }
    draft.images.retain(DraftImage::is_changed);
    if draft.images.is_empty() {
        return Ok(Decision::Write(Plan::default()));
    }
    let time = Timestamp::now();
    let mut writes = Vec::with_capacity(draft.images.len());
    for image in draft.images {
        writes.extend(ImageWrite::of(image, time)?);
    }
    // Every backend locks the images in this order.
    writes.sort_by_key(ImageWrite::id);
    Ok(Decision::Write(Plan { writes }))
}

impl ImageWrite {
    /// The write of an image that the draft changes; `None` if it both creates and deletes it.
    fn of(image: DraftImage, now: Timestamp) -> Result<Option<Self>, WriteError> {
        let DraftImage {
            before,
            after,
            additions,
            ..
        } = image;
        let (after, time) = match (&before, after) {
            (Some(before), Some(after)) => {
                let after = after.successor_of(before, now);
                after.check_size(Some(before))?;
                let time = after.updated_at();
                (Some(Arc::new(after)), time)
            }
            (None, Some(after)) => {
                // An image of an export has its own times, and gets its tags now.
                let time = match additions {
                    Some(_) => after.next_time(now),
                    None => after.updated_at(),
                };
                (Some(Arc::new(after)), time)
            }
            (None, None) => return Ok(None),
            (Some(before), None) => (None, before.next_time(now)),
        };
        Ok(Some(Self {
            before,
            after,
            time,
            additions,
        }))
    }

    /// The image, if the write deletes it, and when.
    pub(super) fn deleted(&self) -> Option<(&Image, Timestamp)> {
        let image = self.before.as_deref().filter(|_| self.after.is_none());
        image.map(|image| (image, self.time))
    }

    /// The size of the image before and after the write, in bytes.
    pub(super) fn sizes(&self) -> (usize, usize) {
        let size = |image: &Option<Arc<Image>>| image.as_ref().map_or(0, |image| image.size());
        (size(&self.before), size(&self.after))
    }

    fn id(&self) -> Option<ImageId> {
        let image = self.after.as_ref().or(self.before.as_ref());
        image.map(|image| image.id())
    }

    /// The events of the write, still without ids: those of the tags that the image loses, or of
    /// those that it gets.
    fn events(&self, action: TagAction, by: &Author<'_>) -> Vec<TagEvent> {
        let (image, other) = match action {
            TagAction::Removed => (&self.before, &self.after),
            TagAction::Added => (&self.after, &self.before),
        };
        let Some(image) = image else {
            return Vec::new();
        };
        // Among the images of another owner, every tag is a new one.
        let same_owner = other.as_ref().filter(|other| other.owner == image.owner);
        let is_event = |tag: &&Tag| {
            same_owner.is_none_or(|other| !other.tags.contains(tag))
                && self
                    .additions
                    .as_ref()
                    .is_none_or(|tags| tags.contains(*tag))
        };
        let tags = image.tags.iter().filter(is_event);
        tags.map(|tag| TagEvent {
            id: 0,
            time: self.time,
            image: image.id(),
            tag: tag.clone(),
            action,
            owner: image.owner.clone(),
            visibility: image.visibility,
            user: by.user.chars().take(TagEvent::MAX_USER_CHARS).collect(),
            project: by.project.cloned(),
            request_id: by.request_id.to_owned(),
            reason: by.reason.cloned(),
        })
        .collect()
    }
}

impl Snapshot {
    /// The images of the snapshot as `plan` leaves them.
    pub(super) fn into_written(self, plan: &Plan, events: Vec<TagEvent>) -> Written {
        let is_left = |id: &ImageId| plan.writes.iter().all(|write| write.id() != Some(*id));
        let unchanged = self.images.into_iter().filter(|(id, _)| is_left(id));
        let changed = plan.writes.iter().map(|write| write.after.clone());
        Written {
            images: unchanged
                .map(|(_, image)| image)
                .chain(changed)
                .flatten()
                .collect(),
            events,
            carriers: self.carriers,
            memory: Reservation::default(),
        }
    }
}

impl Plan {
    /// Notes the write that the images after it come from.
    pub(super) fn set_write_id(&mut self, id: WriteId) {
        let images = self.images_after();
        images.for_each(|image| image.set_write_id(id));
    }

    /// The images as they are after the write, to be completed.
    fn images_after(&mut self) -> impl Iterator<Item = &mut Image> {
        let images = self
            .writes
            .iter_mut()
            .filter_map(|write| write.after.as_mut());
        images.map(Arc::make_mut)
    }

    /// The images that the plan writes.
    pub(super) fn images(&self) -> impl Iterator<Item = ImageId> {
        self.writes.iter().filter_map(ImageWrite::id)
    }

    /// Makes the revisions digests of the images.
    pub(super) fn set_revisions_by_content(&mut self) {
        let images = self.images_after();
        images.for_each(Image::set_revision_by_content);
    }

    /// The events of the write, still without ids: for each image what it loses, then what it gets.
    /// What tags are taken from comes before what they are put on.
    pub(super) fn events(&self, by: &Author<'_>) -> Vec<TagEvent> {
        let sides = [TagAction::Removed, TagAction::Added];
        let each = sides
            .into_iter()
            .flat_map(|action| self.writes.iter().map(move |write| (write, action)));
        each.flat_map(|(write, action)| write.events(action, by))
            .collect()
    }
}

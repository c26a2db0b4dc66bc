//! A write in the making: the images as they are at one instant, and what shall become of them.
//!
//! A store hands the closure of a write a [`Draft`] of what it has read so far. If the closure asks
//! for more, the store reads that too and runs the closure again. The run that counts saw all of it
//! at one instant.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::error::DraftError;
use crate::image::{Image, ImageId, NewImage, Refusal, ScopedTag, Tag, TagAction};

/// The images that carry a tag within its scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carriers {
    /// Their ids, in order.
    pub images: Vec<ImageId>,
    /// The id of the newest event of the tag in the scope, 0 if there is none. It rises with every
    /// change of the carriers.
    pub last_event: u64,
    /// What this event is about: the image, and what happened to the tag of it. `None` if the store
    /// does not have the event any more.
    pub last_change: Option<(ImageId, TagAction)>,
}

impl Carriers {
    /// The maximum number of carriers that one write reads: it may have to change all of them. A
    /// tag that was exclusive from the start has at most one.
    pub const MAX: usize = 100;

    /// `images`, unless they are more than one write may read, with the id and the subject of the
    /// newest event.
    pub(super) fn checked(
        tag: &ScopedTag,
        mut images: Vec<ImageId>,
        (last_event, last_change): (u64, Option<(ImageId, TagAction)>),
    ) -> Result<Self, Refusal> {
        if images.len() > Self::MAX {
            return Err(Refusal::TooManyCarriers {
                tag: tag.tag.clone(),
                maximum: Self::MAX,
            });
        }
        images.sort_unstable();
        Ok(Self {
            images,
            last_event,
            last_change,
        })
    }
}

/// What a write needs to know: these images, and the carriers of these tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Selection {
    pub(super) images: BTreeSet<ImageId>,
    pub(super) tags: BTreeSet<ScopedTag>,
}

impl Selection {
    pub(super) fn is_empty(&self) -> bool {
        self.images.is_empty() && self.tags.is_empty()
    }

    /// The image, if nothing but one image is asked for.
    pub(super) fn only_image(&self) -> Option<ImageId> {
        let image = self.images.first().copied();
        image.filter(|_| self.images.len() == 1 && self.tags.is_empty())
    }

    pub(super) fn extend(&mut self, mut other: Self) {
        self.images.append(&mut other.images);
        self.tags.append(&mut other.tags);
    }
}

/// What a store has read for a write, all of it as it is at one instant. `None` is an image that
/// does not exist.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    pub(super) images: BTreeMap<ImageId, Option<Arc<Image>>>,
    pub(super) carriers: BTreeMap<ScopedTag, Carriers>,
}

impl Snapshot {
    /// What was read of one image.
    pub(super) fn of_image(id: ImageId, image: Option<Arc<Image>>) -> Self {
        Self {
            images: BTreeMap::from([(id, image)]),
            carriers: BTreeMap::new(),
        }
    }
}

/// A write in the making. Its methods fail if the store has not read yet what they need; the
/// closure passes the error on.
#[derive(Debug)]
pub struct Draft<'a> {
    snapshot: &'a Snapshot,
    /// The images that the write touches, in the order in which it came to them.
    pub(super) images: Vec<DraftImage>,
    pub(super) missing: Selection,
}

/// An image that the write touches. After the write there is none if `after` is `None`.
#[derive(Debug)]
pub(super) struct DraftImage {
    id: ImageId,
    pub(super) before: Option<Arc<Image>>,
    pub(super) after: Option<Image>,
    /// For an image of an export the tags whose addition is an event; the others have a history
    /// already. `None` if every change is an event.
    pub(super) additions: Option<BTreeSet<Tag>>,
}

impl DraftImage {
    /// Whether the write leaves the image other than it was.
    pub(super) fn is_changed(&self) -> bool {
        self.before.as_deref() != self.after.as_ref()
    }
}

impl<'a> Draft<'a> {
    pub(super) fn new(snapshot: &'a Snapshot) -> Self {
        Self {
            snapshot,
            images: Vec::new(),
            missing: Selection::default(),
        }
    }

    /// The image with this id as the write leaves it, to be edited.
    pub fn image(&mut self, id: ImageId) -> Result<&mut Image, DraftError> {
        let touched = self.images.iter().position(|image| image.id == id);
        let place = if let Some(place) = touched {
            place
        } else {
            let before = Arc::clone(self.read(id)?);
            self.images.push(DraftImage {
                id,
                after: Some((*before).clone()),
                before: Some(before),
                additions: None,
            });
            self.images.len() - 1
        };
        self.images[place]
            .after
            .as_mut()
            .ok_or(DraftError::NoSuchImage)
    }

    /// The image with this id as it is before the write.
    pub fn stored(&mut self, id: ImageId) -> Result<&Image, DraftError> {
        self.read(id).map(|image| &**image)
    }

    /// The images that carry the tag in its scope before the write. The store makes sure that no
    /// other write adds one until this one has taken effect, provided that the other write asks for
    /// the carriers too.
    pub fn carriers(&mut self, tag: &ScopedTag) -> Result<&'a Carriers, DraftError> {
        let found = self.snapshot.carriers.get(tag);
        found.ok_or_else(|| {
            self.missing.tags.insert(tag.clone());
            DraftError::Unread
        })
    }

    /// Asks for the carriers of all these tags at once, so that the store reads them together.
    pub fn ask_for_carriers<'t>(
        &mut self,
        tags: impl IntoIterator<Item = &'t ScopedTag>,
    ) -> Result<(), DraftError> {
        let asked = tags.into_iter().map(|tag| self.carriers(tag).map(drop));
        // Every one of them is asked for, also after the first that has not been read.
        asked.fold(Ok(()), Result::and)
    }

    /// The image with this id before and after the write, as far as the write has touched it.
    /// There is none before its creation and after its deletion.
    #[must_use]
    pub fn change_of(&self, id: ImageId) -> (Option<&Image>, Option<&Image>) {
        let image = self.images.iter().find(|image| image.id == id);
        image.map_or((None, None), |image| {
            (image.before.as_deref(), image.after.as_ref())
        })
    }

    /// Adds a new image.
    pub fn create(&mut self, image: NewImage) {
        self.images.push(DraftImage {
            id: image.id(),
            before: None,
            after: Some(image.into_image()),
            additions: None,
        });
    }

    /// Adds an image of an export: the history of its tags is imported with it, and they make no
    /// event. Fails if the image exists, before any rule is asked.
    pub fn restore(&mut self, image: NewImage) -> Result<(), DraftError> {
        match self.read(image.id()) {
            Ok(_) => return Err(DraftError::Exists),
            Err(DraftError::NoSuchImage) => {}
            Err(error) => return Err(error),
        }
        self.images.push(DraftImage {
            id: image.id(),
            before: None,
            after: Some(image.into_image()),
            additions: Some(BTreeSet::new()),
        });
        Ok(())
    }

    /// Adds events to the history for these tags of an image of an export.
    pub fn record_additions(&mut self, id: ImageId, tags: BTreeSet<Tag>) {
        let mut images = self.images.iter_mut();
        let image = images.find(|image| image.id == id);
        if let Some(additions) = image.and_then(|image| image.additions.as_mut()) {
            additions.extend(tags);
        }
    }

    /// Deletes the image with this id, which must exist.
    pub fn delete(&mut self, id: ImageId) -> Result<(), DraftError> {
        self.image(id)?;
        for image in self.images.iter_mut().filter(|image| image.id == id) {
            image.after = None;
        }
        Ok(())
    }

    fn read(&mut self, id: ImageId) -> Result<&'a Arc<Image>, DraftError> {
        match self.snapshot.images.get(&id) {
            Some(Some(image)) => Ok(image),
            Some(None) => Err(DraftError::NoSuchImage),
            None => {
                self.missing.images.insert(id);
                Err(DraftError::Unread)
            }
        }
    }
}

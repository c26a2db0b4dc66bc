//! An image and its parts, valid by construction, and what a change does to it.
//!
//! Knows no HTTP, no SQL and no clock of its own. The fields that only a store may move (id, times, revision,
//! size) are private; everything else is open to the pure functions that describe a change.

mod data;
mod edit;
mod id;
mod member;
mod properties;
mod quota;
mod refusal;
mod size;
mod storable;
mod tag;
mod terms;
mod viewer;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp, Unit};
use serde::{Deserialize, Serialize};

pub use data::ImageData;
pub use edit::Edit;
pub use id::{ImageId, NotAnImageId};
pub use member::Member;
pub use properties::Properties;
pub use quota::{Quota, Quotas};
pub use refusal::Refusal;
pub use tag::{Tag, TagError};
pub use terms::{MemberStatus, Status, Visibility};
pub use viewer::Viewer;

use self::size::Size;
use crate::identity::ProjectId;

/// An image as the store keeps it. The bytes of the image itself are not kept anywhere.
///
/// Written out, it has everything that a store keeps, with times to the microsecond; the API shows it otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    id: ImageId,
    created_at: Timestamp,
    updated_at: Timestamp,
    revision: u64,
    #[serde(skip)]
    size: Size,
    /// The name, not unique.
    pub name: Option<String>,
    /// The project that owns the image; without one only an admin can change it.
    pub owner: Option<ProjectId>,
    /// Who besides the owner can see the image.
    pub visibility: Visibility,
    /// Where the image is in its life. Tags can be changed in every status.
    pub status: Status,
    /// The tags, sorted by code point.
    pub tags: BTreeSet<Tag>,
    /// The projects a `shared` image is shared with, and what each of them said to it.
    pub members: BTreeMap<ProjectId, Member>,
    /// The free properties.
    pub properties: Properties,
    /// The format of the disk, such as `qcow2`.
    pub disk_format: Option<String>,
    /// The format of the container, such as `bare`.
    pub container_format: Option<String>,
    /// The least size of a disk to boot from the image, in GiB.
    pub min_disk: u32,
    /// The least memory to boot the image, in MiB.
    pub min_ram: u32,
    /// Guards the image (not its tags) against deletion.
    pub protected: bool,
    /// Left out of lists unless asked for.
    #[serde(rename = "os_hidden")]
    pub hidden: bool,
    /// What is known of the data, if any was given.
    pub data: Option<ImageData>,
}

/// The attributes that every image has, in the order in which Glance shows them. No property can have one of these names.
pub const ATTRIBUTES: [&str; 22] = [
    "name",
    "disk_format",
    "container_format",
    "visibility",
    "size",
    "virtual_size",
    "status",
    "checksum",
    "protected",
    "min_ram",
    "min_disk",
    "owner",
    "os_hidden",
    "os_hash_algo",
    "os_hash_value",
    "id",
    "created_at",
    "updated_at",
    "tags",
    "self",
    "file",
    "schema",
];

impl Image {
    /// A `queued`, `shared` image with nothing else set, which is what Glance makes of `POST {}`.
    #[must_use]
    pub fn new(id: ImageId, created_at: Timestamp) -> Self {
        let created_at = to_microseconds(created_at);
        Self {
            id,
            created_at,
            updated_at: created_at,
            revision: 0,
            size: Size::default(),
            name: None,
            owner: None,
            visibility: Visibility::Shared,
            status: Status::Queued,
            tags: BTreeSet::new(),
            members: BTreeMap::new(),
            properties: Properties::default(),
            disk_format: None,
            container_format: None,
            min_disk: 0,
            min_ram: 0,
            protected: false,
            hidden: false,
            data: None,
        }
    }

    /// The image as it was kept, for stores.
    #[must_use]
    pub(crate) fn at_revision(self, revision: u64, updated_at: Timestamp, size: usize) -> Self {
        Self {
            updated_at,
            revision,
            size: size.into(),
            ..self
        }
    }

    /// The image without what may be large, for a store that needs to know its place only.
    #[must_use]
    pub(crate) fn without_parts(self) -> Self {
        Self {
            tags: BTreeSet::new(),
            members: BTreeMap::new(),
            properties: Properties::default(),
            ..self
        }
    }

    /// The id.
    #[must_use]
    pub fn id(&self) -> ImageId {
        self.id
    }

    /// When the image was created, to the microsecond.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// When the image was last changed, to the microsecond. A change that changes nothing does not move it.
    #[must_use]
    pub fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    /// How often the image was changed.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Adds `tag`. A tag that is there stays as it is, also at or over the quota.
    pub fn add_tag(&mut self, tag: &Tag, quota: Quota) -> Result<(), Refusal> {
        if self.tags.contains(tag) {
            return Ok(());
        }
        quota.allow_tags(self.tags.len() + 1)?;
        self.tags.insert(tag.clone());
        Ok(())
    }

    /// Puts `tags` in the place of those that are there. A list with nothing new in it may be over the quota.
    pub fn set_tags(&mut self, tags: BTreeSet<Tag>, quota: Quota) -> Result<(), Refusal> {
        if !tags.is_subset(&self.tags) {
            quota.allow_tags(tags.len())?;
        }
        self.tags = tags;
        Ok(())
    }

    /// Removes `tag`, which must be there.
    pub fn remove_tag(&mut self, tag: &Tag) -> Result<(), Refusal> {
        if self.tags.remove(tag) {
            Ok(())
        } else {
            Err(Refusal::NoSuchTag)
        }
    }

    /// This image as the successor of `before`, for stores: one revision on, changed at `now` (or a microsecond after
    /// the last change, if the clock went backwards). Members have times of their own: a change of nothing else does not
    /// move the image's, as in Glance.
    #[must_use]
    pub(crate) fn following(mut self, before: &Self, now: Timestamp) -> Self {
        let now = to_microseconds(now);
        let members = std::mem::replace(&mut self.members, before.members.clone());
        let is_about_members = self == *before;
        self.members = members;
        self.stamp_members(before, now);
        if !is_about_members {
            let earliest = before
                .updated_at
                .checked_add(SignedDuration::from_micros(1))
                .unwrap_or(before.updated_at);
            self.updated_at = now.max(earliest);
        }
        self.revision = before.revision + 1;
        self.measured()
    }
}

/// Times are kept in microseconds, which every store can do. Only a time at the end of the calendar cannot be rounded.
fn to_microseconds(time: Timestamp) -> Timestamp {
    time.round(Unit::Microsecond).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_goes_backwards_does_not_take_updated_at_along() {
        let before = Image::new(ImageId::random(), Timestamp::UNIX_EPOCH);
        let mut after = before.clone();
        after.hidden = true;
        let after = after.following(&before, Timestamp::MIN);
        assert_eq!(after.updated_at().as_microsecond(), 1);
        assert_eq!(after.revision(), 1);
    }

    #[test]
    fn an_image_from_the_end_of_the_calendar_can_be_changed() {
        let before = Image::new(ImageId::random(), Timestamp::MAX);
        assert_eq!(
            before
                .clone()
                .following(&before, Timestamp::UNIX_EPOCH)
                .updated_at(),
            before.updated_at()
        );
    }
}

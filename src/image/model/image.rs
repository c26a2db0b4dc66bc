//! An image.

use std::collections::BTreeMap;

use jiff::{Timestamp, Unit};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::import_task::ImportTask;
use super::member::Member;
use super::noted::{Noted, WriteId};
use super::properties::Properties;
use super::tags::Tags;
use crate::identity::ProjectId;
use crate::image::value::{
    ContainerFormat, DiskFormat, ImageData, ImageId, ImageName, Minimum, Status, UploadId,
    Visibility,
};

/// The largest revision of an image that is imported. It leaves room for changes in a column of 64
/// bits with a sign.
const MAX_IMPORTED_REVISION: u64 = 1 << 62;

/// An image as the store keeps it. Its data is kept elsewhere: [`Self::upload`] says where.
///
/// Serialized, an image has everything that a store keeps, with times to the microsecond; the API
/// shows it otherwise. Deserializing checks every value, so that an import brings no image that the
/// API would refuse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    pub(in crate::image) id: ImageId,
    pub(in crate::image) created_at: Timestamp,
    pub(in crate::image) updated_at: Timestamp,
    #[serde(deserialize_with = "imported_revision")]
    pub(in crate::image) revision: u64,
    /// The size in bytes as it was last measured.
    #[serde(skip)]
    pub(in crate::image) size: Noted<usize>,
    #[serde(skip)]
    pub(in crate::image) write_id: Noted<WriteId>,
    /// The name, not unique.
    pub name: Option<ImageName>,
    /// The project that owns the image; without one only an admin can change it.
    pub owner: Option<ProjectId>,
    /// Who besides the owner can see the image.
    pub visibility: Visibility,
    /// The state of the image in its life cycle. Tags can be changed in every status.
    pub status: Status,
    /// The tags, sorted by code point.
    pub tags: Tags,
    /// The projects a `shared` image is shared with, and what each of them answered.
    pub members: BTreeMap<ProjectId, Member>,
    /// The free properties.
    pub properties: Properties,
    /// The format of the disk, such as `qcow2`.
    pub disk_format: Option<DiskFormat>,
    /// The format of the container, such as `bare`.
    pub container_format: Option<ContainerFormat>,
    /// The least size of a disk to boot from the image, in GiB.
    pub min_disk: Minimum,
    /// The least memory to boot the image, in MiB.
    pub min_ram: Minimum,
    /// Guards the image (not its tags) against deletion.
    pub protected: bool,
    /// Left out of lists that do not ask for hidden images.
    #[serde(rename = "os_hidden")]
    pub hidden: bool,
    /// Size and digests of the data, if any was uploaded.
    pub data: Option<ImageData>,
    /// The upload that the data store has the data of. While the image waits for data, it is the
    /// one in progress.
    #[serde(default, rename = "upload_id", skip_serializing_if = "Option::is_none")]
    pub upload: Option<UploadId>,
    /// The last import of the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<Box<ImportTask>>,
}

fn imported_revision<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let revision = u64::deserialize(deserializer)?;
    if revision > MAX_IMPORTED_REVISION {
        return Err(D::Error::custom(format!(
            "the revision is at most {MAX_IMPORTED_REVISION}"
        )));
    }
    Ok(revision)
}

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
            size: Noted::default(),
            write_id: Noted::default(),
            name: None,
            owner: None,
            visibility: Visibility::Shared,
            status: Status::Queued,
            tags: Tags::default(),
            members: BTreeMap::new(),
            properties: Properties::default(),
            disk_format: None,
            container_format: None,
            min_disk: Minimum::default(),
            min_ram: Minimum::default(),
            protected: false,
            hidden: false,
            data: None,
            upload: None,
            import: None,
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

    /// When the image was last changed, to the microsecond. A change that changes nothing does not
    /// move it.
    #[must_use]
    pub fn updated_at(&self) -> Timestamp {
        self.updated_at
    }

    /// How many times the image was changed.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The write that the image comes from, as its store has noted it.
    pub(crate) fn write_id(&self) -> WriteId {
        self.write_id.0
    }

    /// Notes the write that the image comes from.
    pub(crate) fn set_write_id(&mut self, id: WriteId) {
        self.write_id = Noted(id);
    }

    /// Whether `project` is a member of the image, and was one at `time` already.
    #[must_use]
    pub fn has_member_since(&self, project: &ProjectId, time: Timestamp) -> bool {
        let member = self.members.get(project);
        member.is_some_and(|member| member.created_at() <= time)
    }
}

/// Times are kept in microseconds, which every store can do. Only a time at the end of the calendar
/// cannot be rounded.
pub(super) fn to_microseconds(time: Timestamp) -> Timestamp {
    time.round(Unit::Microsecond).unwrap_or(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_with_a_revision_that_leaves_no_room_is_not_imported() {
        let image = Image::new(ImageId::random(), Timestamp::UNIX_EPOCH);
        for (revision, is_valid) in [
            (0, true),
            (MAX_IMPORTED_REVISION, true),
            (MAX_IMPORTED_REVISION + 1, false),
            (u64::MAX, false),
        ] {
            let mut json = serde_json::to_value(&image).unwrap();
            json["revision"] = revision.into();
            assert_eq!(serde_json::from_value::<Image>(json).is_ok(), is_valid);
        }
    }

    #[test]
    fn an_image_that_the_api_would_refuse_is_not_imported() {
        let image = Image::new(ImageId::random(), Timestamp::UNIX_EPOCH);
        for (name, value) in [
            ("name", serde_json::json!("a".repeat(256))),
            ("owner", serde_json::json!("")),
            ("members", serde_json::json!({"": null})),
            ("properties", serde_json::json!({"id": "x"})),
            ("properties", serde_json::json!({"x": "\0"})),
            ("disk_format", serde_json::json!("floppy")),
            ("min_ram", serde_json::json!(u32::MAX)),
            (
                "data",
                serde_json::json!({"size": u64::MAX, "checksum": "", "sha512": ""}),
            ),
        ] {
            let mut json = serde_json::to_value(&image).unwrap();
            json[name] = value;
            assert!(serde_json::from_value::<Image>(json).is_err(), "{name}");
        }
    }
}

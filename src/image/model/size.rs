//! The size of an image in bytes: of its JSON, and in memory.
//!
//! Stores keep the size with the image, so that readers, lists and writers know beforehand how many
//! bytes they need.

use super::image::Image;
use super::import_task::ImportTask;
use super::json_size::{ITEM_BYTES, json_bytes};
use super::noted::Noted;
use crate::identity::ProjectId;
use crate::image::refusal::Refusal;
use crate::image::value::{ContainerFormat, DiskFormat, ImageData, ImageName, Tag};

/// The names of all attributes in JSON, and those values that are not texts.
const ATTRIBUTES_BYTES: usize = 1024;

/// What a member takes besides its project: the list of members repeats names, times and the
/// image's id.
const MEMBER_BYTES: usize = 256;

/// What an import takes besides its texts.
const IMPORT_BYTES: usize = 512;

impl Image {
    /// The largest [size](Self::size) of an image in bytes: every database reads and writes that
    /// much in one piece. With the default quotas an image of plain text stays below it.
    pub const MAX_SIZE: usize = 12 << 20;

    /// An upper bound for the bytes of the image's JSON, members and times included, and for what
    /// it takes in memory. It was measured when the image was created or last changed.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size.0
    }

    /// The same image with its [size](Self::size) as it is now.
    #[must_use]
    pub(crate) fn measured(mut self) -> Self {
        self.size = Noted(self.measure());
        self
    }

    /// Whether every store can keep the image in the place of `before`, by their sizes. An image
    /// that is too large already may still shrink.
    pub(crate) fn check_size(&self, before: Option<&Self>) -> Result<(), Refusal> {
        let attempted = self.size();
        if attempted <= Self::MAX_SIZE || before.is_some_and(|before| attempted <= before.size()) {
            return Ok(());
        }
        Err(Refusal::TooLarge {
            attempted,
            maximum: Self::MAX_SIZE,
        })
    }

    fn measure(&self) -> usize {
        let data = self.data.as_ref();
        let texts = [
            self.name.as_ref().map(ImageName::as_str),
            self.owner.as_ref().map(ProjectId::as_str),
            self.disk_format.map(DiskFormat::as_str),
            self.container_format.map(ContainerFormat::as_str),
            data.map(ImageData::checksum),
            data.map(ImageData::sha512),
        ];
        let texts: usize = texts.into_iter().flatten().map(json_bytes).sum();
        let of_tag = |tag: &Tag| json_bytes(tag.as_str()) + ITEM_BYTES;
        let of_member = |project: &ProjectId| json_bytes(project.as_str()) + MEMBER_BYTES;
        let tags: usize = self.tags.iter().map(of_tag).sum();
        let members: usize = self.members.keys().map(of_member).sum();
        let import = self.import.as_deref().map_or(0, of_import);
        ATTRIBUTES_BYTES + texts + tags + members + self.properties.size() + import
    }
}

/// What an import adds to the size of its image, in bytes.
fn of_import(task: &ImportTask) -> usize {
    let owner = task.owner.as_ref().map(ProjectId::as_str);
    let texts = [&task.message, &task.user, &task.request_id].map(String::as_str);
    let texts = texts.into_iter().chain(owner).chain(task.uri.as_deref());
    IMPORT_BYTES + texts.map(json_bytes).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::image::model::Member;
    use crate::image::value::{
        ImageId, ImportMethod, MemberStatus, PropertyValue, TaskStatus, UploadId,
    };

    fn image() -> Image {
        Image::new(ImageId::random(), Timestamp::UNIX_EPOCH)
    }

    /// An image of exactly this size, nearly all of it in properties.
    fn of_size(size: usize) -> Image {
        let around = json_bytes("000") + json_bytes("") + ITEM_BYTES;
        let mut image = image();
        let mut missing = size - image.clone().measured().size();
        for number in 0.. {
            // What is left is nothing, or enough for another property.
            let value = match missing - around {
                rest if rest <= PropertyValue::MAX_BYTES => rest,
                rest => PropertyValue::MAX_BYTES.min(rest - around),
            };
            missing -= around + value;
            let name = format!("{number:03}").parse().unwrap();
            let value = "a".repeat(value).parse().unwrap();
            image.properties.insert(name, value);
            if missing == 0 {
                break;
            }
        }
        image.measured()
    }

    #[test]
    fn an_image_that_is_too_large_may_only_shrink() {
        let fits = of_size(Image::MAX_SIZE);
        assert_eq!(
            (fits.size(), fits.check_size(None)),
            (Image::MAX_SIZE, Ok(()))
        );
        let large = of_size(Image::MAX_SIZE + 1);
        let refused = Err(Refusal::TooLarge {
            attempted: Image::MAX_SIZE + 1,
            maximum: Image::MAX_SIZE,
        });
        assert_eq!(
            (large.check_size(None), large.check_size(Some(&fits))),
            (refused.clone(), refused)
        );
        assert_eq!(
            (
                large.check_size(Some(&large)),
                fits.check_size(Some(&large))
            ),
            (Ok(()), Ok(()))
        );
    }

    #[test]
    fn the_size_follows_a_change_of_properties_that_copies_share() {
        let mut one = image();
        let value = "a".repeat(100).parse().unwrap();
        one.properties.insert("a".parse().unwrap(), value);
        let one = one.measured();
        let mut other = one.clone();
        let value = "\u{1}".repeat(10).parse().unwrap();
        other.properties.insert("b".parse().unwrap(), value);
        let other = other.measured();
        assert_eq!(
            other.size() - one.size(),
            "\"b\"".len() + 10 * "\\u0001".len() + 2 + ITEM_BYTES
        );
        assert_eq!(one.clone().measured().size(), one.size());
    }

    proptest! {
        #[test]
        fn no_image_is_larger_as_json_than_its_size(
            name: String,
            tags: Vec<String>,
            members: Vec<String>,
            properties: Vec<(String, String)>,
            import in proptest::option::of(any::<[String; 4]>()),
        ) {
            let mut image = image();
            image.name = name.parse().ok();
            image.tags = tags.iter().filter_map(|tag| tag.parse().ok()).collect();
            let member = Member::new(MemberStatus::Accepted, Timestamp::now());
            let members = members.iter().filter_map(|project| project.parse().ok());
            image.members = members.map(|project| (project, member.clone())).collect();
            let properties = properties.iter();
            image.properties = properties
                .filter_map(|(name, value)| Some((name.parse().ok()?, value.parse().ok()?)))
                .collect();
            image.import = import.map(|[uri, message, user, request_id]| {
                Box::new(ImportTask {
                    id: UploadId::random(),
                    method: ImportMethod::WebDownload,
                    uri: Some(uri),
                    status: TaskStatus::Processing,
                    message,
                    owner: image.members.keys().next().cloned(),
                    user,
                    request_id,
                    created_at: Timestamp::MAX,
                    updated_at: Timestamp::MAX,
                })
            });
            let image = image.measured();
            prop_assert!(serde_json::to_vec(&image).unwrap().len() <= image.size());
        }
    }
}

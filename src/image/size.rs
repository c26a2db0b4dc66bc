//! The size of an image: what its JSON takes, and what it takes in memory.
//!
//! Stores keep it with the image, so that whoever reads, lists or writes images knows beforehand how many bytes that is.

use super::{Image, Refusal};
use crate::identity::ProjectId;

/// The names of all attributes in JSON, and those values that are no texts.
const ATTRIBUTES_BYTES: usize = 1024;

/// What a tag, a property or a member takes in memory besides its texts.
pub(super) const ITEM_BYTES: usize = 64;

/// What a member takes besides its project: the list of members repeats names, times and the image's id.
const MEMBER_BYTES: usize = 256;

/// The size as it was measured. It follows from the rest of the image, so two images never differ by it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Size(usize);

impl From<usize> for Size {
    fn from(size: usize) -> Self {
        Self(size)
    }
}

impl PartialEq for Size {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Size {}

impl Image {
    /// The largest [size](Self::size) of an image, in bytes: every database takes and hands out so much in one piece. With
    /// the usual quotas an image of plain text stays below it.
    pub const MAX_SIZE: usize = 12 << 20;

    /// An upper bound for the bytes of the image's JSON, members and times included, and for what it takes in memory. It
    /// was measured when the image was created or last changed.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size.0
    }

    /// The same image with its [size](Self::size) as it is now.
    #[must_use]
    pub(crate) fn measured(mut self) -> Self {
        self.size = Size(self.measure());
        self
    }

    /// Whether every store can keep the image in the place of `before`. An image that is too large already may still lose
    /// things.
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
            self.name.as_deref(),
            self.owner.as_ref().map(ProjectId::as_str),
            self.disk_format.as_deref(),
            self.container_format.as_deref(),
            data.map(|data| &*data.checksum),
            data.map(|data| &*data.sha512),
        ];
        let texts: usize = texts.into_iter().flatten().map(json_bytes).sum();
        let tags: usize = self
            .tags
            .iter()
            .map(|tag| json_bytes(tag.as_str()) + ITEM_BYTES)
            .sum();
        let members: usize = self
            .members
            .keys()
            .map(|project| json_bytes(project.as_str()) + MEMBER_BYTES)
            .sum();
        ATTRIBUTES_BYTES + texts + tags + members + self.properties.size()
    }
}

/// How many bytes a text has as a string in JSON, with its quotes.
pub(super) fn json_bytes(text: &str) -> usize {
    let escaped = |byte| match byte {
        b'"' | b'\\' | b'\x08' | b'\t' | b'\n' | b'\x0c' | b'\r' => 2,
        0..=0x1f => 6,
        _ => 1,
    };
    text.bytes().map(escaped).sum::<usize>() + 2
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::image::{ImageId, Member, MemberStatus};

    fn image() -> Image {
        Image::new(ImageId::random(), Timestamp::UNIX_EPOCH)
    }

    fn with_property(bytes: usize) -> Image {
        let mut image = image();
        image.properties = [("a".to_owned(), "a".repeat(bytes))].into();
        image.measured()
    }

    #[test]
    fn an_image_that_is_too_large_may_only_shrink() {
        let room = Image::MAX_SIZE - with_property(0).size();
        let fits = with_property(room);
        assert_eq!(
            (fits.size(), fits.check_size(None)),
            (Image::MAX_SIZE, Ok(()))
        );
        let large = with_property(room + 1);
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
        let one = with_property(100);
        let mut other = one.clone();
        other.properties.insert("b".to_owned(), "\u{1}".repeat(10));
        let other = other.measured();
        assert_eq!(
            other.size() - one.size(),
            "\"b\"".len() + 10 * "\\u0001".len() + 2 + ITEM_BYTES
        );
        assert_eq!(one.clone().measured().size(), one.size());
    }

    proptest! {
        #[test]
        fn a_text_takes_as_many_bytes_as_serde_json_writes(text: String) {
            prop_assert_eq!(json_bytes(&text), serde_json::to_vec(&text).unwrap().len());
        }

        #[test]
        fn no_image_is_larger_as_json_than_its_size(name: String, tags: Vec<String>, members: Vec<String>, properties: Vec<(String, String)>) {
            let mut image = image();
            image.name = Some(name);
            image.tags = tags.iter().filter_map(|tag| tag.parse().ok()).collect();
            let member = Member::new(MemberStatus::Accepted, Timestamp::now());
            image.members = members.iter().map(|project| (project.as_str().into(), member.clone())).collect();
            image.properties = properties.into_iter().collect();
            let image = image.measured();
            prop_assert!(serde_json::to_vec(&image).unwrap().len() <= image.size());
        }
    }
}

//! What every store can keep of an image, whatever the quotas are: so it can move from one to another.

use super::{Image, Refusal};
use crate::identity::ProjectId;

/// The most characters of a name, an id or a format: what a column of MariaDB with an index holds.
const MAX_CHARS: usize = 255;

/// The most bytes of an image's tags, members and properties together: what every database takes and hands out in one
/// piece. With the usual quotas an image stays below it.
const MAX_BYTES: usize = 12 << 20;

/// What a tag, a member or a property counts besides its texts.
const ITEM_BYTES: usize = 64;

impl Image {
    /// Whether every store can keep this image as a new one.
    pub(crate) fn check_storable(&self) -> Result<(), Refusal> {
        let data = self.data.as_ref();
        let attributes = [
            ("name", self.name.as_deref()),
            ("owner", self.owner.as_ref().map(ProjectId::as_str)),
            ("disk_format", self.disk_format.as_deref()),
            ("container_format", self.container_format.as_deref()),
            ("checksum", data.map(|data| &*data.checksum)),
            ("os_hash_value", data.map(|data| &*data.sha512)),
        ];
        let attributes = attributes.into_iter().filter_map(|(what, text)| Some((what, text?)));
        let members = self.members.keys().map(|project| ("member", project.as_str()));
        let names = self.properties.keys().map(|name| ("name of a property", &**name));
        let mut texts = attributes.chain(members).chain(names);
        if let Some((what, _)) = texts.find(|(_, text)| text.chars().nth(MAX_CHARS).is_some() || text.contains('\0')) {
            return Err(Refusal::Unstorable(what));
        }
        if self.properties.values().any(|value| value.contains('\0')) {
            return Err(Refusal::Unstorable("value of a property"));
        }
        self.check_size(None)
    }

    /// Whether every store can keep all that belongs to the image in the place of what `before` had. An image that is too
    /// large already may still lose things.
    pub(crate) fn check_size(&self, before: Option<&Self>) -> Result<(), Refusal> {
        let attempted = self.bytes();
        if attempted <= MAX_BYTES || before.is_some_and(|before| attempted <= before.bytes()) {
            return Ok(());
        }
        Err(Refusal::TooLarge { attempted, maximum: MAX_BYTES })
    }

    /// The bytes of tags, members and properties.
    fn bytes(&self) -> usize {
        let tags = self.tags.iter().map(|tag| tag.as_str().len());
        let members = self.members.keys().map(|project| project.as_str().len());
        let items = self.tags.len() + self.members.len() + self.properties.len();
        tags.chain(members).sum::<usize>() + self.properties.bytes() + items * ITEM_BYTES
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::image::ImageId;

    fn image() -> Image {
        Image::new(ImageId::random(), Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn an_image_that_is_too_large_may_only_shrink() {
        let mut small = image();
        small.properties = [("a".to_owned(), "a".repeat(MAX_BYTES - ITEM_BYTES - 1))].into();
        assert_eq!(small.check_storable(), Ok(()));
        let mut large = small.clone();
        large.properties.insert("b".to_owned(), String::new());
        let refused = Err(Refusal::TooLarge { attempted: MAX_BYTES + ITEM_BYTES + 1, maximum: MAX_BYTES });
        assert_eq!((large.check_storable(), large.check_size(Some(&small))), (refused.clone(), refused));
        assert_eq!((large.check_size(Some(&large)), small.check_size(Some(&large))), (Ok(()), Ok(())));
    }

    #[test]
    fn texts_are_no_longer_than_a_column_and_have_no_nul() {
        let mut fits = image();
        fits.owner = Some("\u{1f600}".repeat(MAX_CHARS).as_str().into());
        fits.properties = [("a".to_owned(), "a".repeat(70_000))].into();
        assert_eq!(fits.check_storable(), Ok(()));
        for text in ["a".repeat(MAX_CHARS + 1), "\0".to_owned()] {
            let [mut named, mut owned, mut with_property] = [image(), image(), image()];
            named.name = Some(text.clone());
            owned.owner = Some(text.as_str().into());
            with_property.properties.insert(text, String::new());
            assert_eq!(named.check_storable(), Err(Refusal::Unstorable("name")));
            assert_eq!(owned.check_storable(), Err(Refusal::Unstorable("owner")));
            assert_eq!(with_property.check_storable(), Err(Refusal::Unstorable("name of a property")));
        }
        let mut with_value = image();
        with_value.properties.insert("a".to_owned(), "\0".to_owned());
        assert_eq!(with_value.check_storable(), Err(Refusal::Unstorable("value of a property")));
    }
}

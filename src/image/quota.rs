//! How many things an image may have, and how large it may become with them.

use super::{Image, Refusal};

/// The most bytes of an image's tags, members and properties together: what every database takes and hands out in one
/// piece. With the usual quotas an image stays below it.
const MAX_BYTES: usize = 12 << 20;

/// What a tag, a member or a property counts besides its texts.
const ITEM_BYTES: usize = 64;

/// A number of things that an image may have at most; none for no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota(Option<usize>);

impl Quota {
    /// At most `maximum`; a negative number means no limit, as in Glance.
    #[must_use]
    pub fn new(maximum: i64) -> Self {
        Self(usize::try_from(maximum).ok())
    }

    /// What is exceeded, if anything is, when an image comes to have `attempted`.
    fn exceeded_by(self, attempted: usize) -> Option<usize> {
        self.0.filter(|maximum| attempted > *maximum)
    }

    /// Whether an image may come to have `attempted` tags.
    pub fn allow_tags(self, attempted: usize) -> Result<(), Refusal> {
        self.exceeded_by(attempted).map_or(Ok(()), |maximum| Err(Refusal::TooManyTags { attempted, maximum }))
    }

    /// Whether an image may come to have `attempted` members.
    pub fn allow_members(self, attempted: usize) -> Result<(), Refusal> {
        self.exceeded_by(attempted).map_or(Ok(()), |maximum| Err(Refusal::TooManyMembers { attempted, maximum }))
    }

    /// Whether an image may come to have `attempted` properties.
    pub fn allow_properties(self, attempted: usize) -> Result<(), Refusal> {
        self.exceeded_by(attempted).map_or(Ok(()), |maximum| Err(Refusal::TooManyProperties { attempted, maximum }))
    }
}

impl Image {
    /// The bytes of tags, members and properties.
    fn bytes(&self) -> usize {
        let tags = self.tags.iter().map(|tag| tag.as_str().len());
        let members = self.members.keys().map(|project| project.as_str().len());
        let properties = self.properties.iter().map(|(name, value)| name.len() + value.len());
        tags.chain(members).chain(properties).map(|bytes| bytes + ITEM_BYTES).sum()
    }

    /// Whether a store may keep the image in the place of `before`. One that is too large already may still lose things.
    pub(crate) fn allow_size(&self, before: Option<&Self>) -> Result<(), Refusal> {
        let attempted = self.bytes();
        if attempted <= MAX_BYTES || before.is_some_and(|before| attempted <= before.bytes()) {
            return Ok(());
        }
        Err(Refusal::TooLarge { attempted, maximum: MAX_BYTES })
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::image::ImageId;

    #[test]
    fn an_image_that_is_too_large_may_only_shrink() {
        let mut small = Image::new(ImageId::random(), Timestamp::UNIX_EPOCH);
        small.properties = [("a".to_owned(), "a".repeat(MAX_BYTES - ITEM_BYTES - 1))].into();
        assert_eq!(small.allow_size(None), Ok(()));
        let mut large = small.clone();
        large.properties.insert("b".to_owned(), String::new());
        let refused = Err(Refusal::TooLarge { attempted: MAX_BYTES + ITEM_BYTES + 1, maximum: MAX_BYTES });
        assert_eq!((large.allow_size(None), large.allow_size(Some(&small))), (refused.clone(), refused));
        assert_eq!((large.allow_size(Some(&large)), small.allow_size(Some(&large))), (Ok(()), Ok(())));
    }

    #[test]
    fn a_negative_quota_allows_everything() {
        assert_eq!(Quota::new(-1).allow_tags(1_000_000), Ok(()));
        assert_eq!(Quota::new(0).allow_tags(1), Err(Refusal::TooManyTags { attempted: 1, maximum: 0 }));
        assert_eq!(Quota::new(2).allow_properties(2), Ok(()));
    }
}

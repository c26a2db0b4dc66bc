//! Among which images at most one carries an exclusive tag.

use crate::identity::ProjectId;
use crate::image::model::Image;
use crate::image::value::Tag;

/// The images among which at most one carries a tag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TagScope {
    /// The images of one owner; `None` stands for the images without an owner.
    Owner(Option<ProjectId>),
    /// All images.
    Service,
}

/// A tag among the images of one owner, or among all images.
///
/// ```
/// use image_tags::image::{Image, ImageId, ScopedTag, TagScope};
/// use jiff::Timestamp;
///
/// let mut image = Image::new(ImageId::random(), Timestamp::now());
/// image.tags.insert("production".parse().unwrap());
/// image.owner = Some("demo".parse().unwrap());
///
/// let tag = "production".parse().unwrap();
/// assert!(ScopedTag { tag, scope: TagScope::Owner(image.owner.clone()) }.is_on(&image));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopedTag {
    /// The tag.
    pub tag: Tag,
    /// The images among which at most one carries it.
    pub scope: TagScope,
}

impl TagScope {
    /// Whether the scope has the images of `owner`.
    #[must_use]
    pub fn has_owner(&self, owner: Option<&ProjectId>) -> bool {
        match self {
            Self::Owner(own) => own.as_ref() == owner,
            Self::Service => true,
        }
    }
}

impl ScopedTag {
    /// Whether `image` is in the scope and carries the tag.
    #[must_use]
    pub fn is_on(&self, image: &Image) -> bool {
        self.scope.has_owner(image.owner.as_ref()) && image.tags.contains(&self.tag)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::image::value::ImageId;

    #[test]
    fn an_image_carries_a_scoped_tag_if_it_has_the_tag_and_the_owner() {
        let mut image = Image::new(ImageId::random(), Timestamp::UNIX_EPOCH);
        image.tags.insert("a".parse().unwrap());
        let (one, other) = ("one".parse().unwrap(), "other".parse().unwrap());
        for (owner, scope, is_on) in [
            (None, TagScope::Owner(None), true),
            (None, TagScope::Owner(Some(one)), false),
            (Some("one"), TagScope::Owner(None), false),
            (Some("one"), TagScope::Owner(Some(other)), false),
            (
                Some("one"),
                TagScope::Owner(Some("one".parse().unwrap())),
                true,
            ),
            (None, TagScope::Service, true),
            (Some("one"), TagScope::Service, true),
        ] {
            image.owner = owner.map(|owner| owner.parse().unwrap());
            for (tag, has_tag) in [("a", true), ("b", false)] {
                let scoped = ScopedTag {
                    tag: tag.parse().unwrap(),
                    scope: scope.clone(),
                };
                assert_eq!(
                    scoped.is_on(&image),
                    is_on && has_tag,
                    "{owner:?} {scoped:?}"
                );
            }
        }
    }
}

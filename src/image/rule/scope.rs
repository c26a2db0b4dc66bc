//! A tag among the images of one owner, or among all images.

use crate::identity::ProjectId;
use crate::image::model::Image;
use crate::image::value::Tag;

/// The images among which a tag is exclusive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TagScope {
    /// The images of this project, or those without an owner.
    Owner(Option<ProjectId>),
    /// All images.
    Service,
}

/// A tag among the images of a scope.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopedTag {
    /// The tag.
    pub tag: Tag,
    /// The images that are meant.
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

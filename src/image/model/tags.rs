//! The tags of an image.
//!
//! Every change copies the image, and many changes are not about its tags, or put one on it that it
//! has: the copies share their tags until one of them gets others.

use std::collections::{BTreeSet, btree_set};
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::image::value::Tag;

/// Tags, sorted by code point. It is used like the set that it holds.
///
/// ```
/// use image_tags::image::Tags;
///
/// let mut tags: Tags = ["b".parse().unwrap()].into();
/// let shared = tags.clone();
/// tags.insert("a".parse().unwrap());
/// assert_eq!((tags.len(), shared.len()), (2, 1));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(Arc<BTreeSet<Tag>>);

impl Deref for Tags {
    type Target = BTreeSet<Tag>;

    fn deref(&self) -> &BTreeSet<Tag> {
        &self.0
    }
}

impl DerefMut for Tags {
    fn deref_mut(&mut self) -> &mut BTreeSet<Tag> {
        Arc::make_mut(&mut self.0)
    }
}

impl From<BTreeSet<Tag>> for Tags {
    fn from(tags: BTreeSet<Tag>) -> Self {
        Self(Arc::new(tags))
    }
}

impl<const N: usize> From<[Tag; N]> for Tags {
    fn from(tags: [Tag; N]) -> Self {
        BTreeSet::from(tags).into()
    }
}

impl FromIterator<Tag> for Tags {
    fn from_iter<I: IntoIterator<Item = Tag>>(tags: I) -> Self {
        BTreeSet::from_iter(tags).into()
    }
}

impl<'a> IntoIterator for &'a Tags {
    type Item = &'a Tag;
    type IntoIter = btree_set::Iter<'a, Tag>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

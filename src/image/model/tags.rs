//! The tags of an image.
//!
//! Every change copies the image, and many changes are not about its tags, or put one on it that it
//! has: the copies share their tags until one of them gets others.

use std::collections::BTreeSet;
use std::ops::Deref;
use std::slice;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::image::value::Tag;

/// Tags, sorted by code point, each once. It is read like the slice that it holds.
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
#[serde(from = "Vec<Tag>")]
pub struct Tags(Arc<[Tag]>);

impl Tags {
    /// Whether `tag` is one of them.
    #[must_use]
    pub fn contains(&self, tag: &Tag) -> bool {
        self.0.binary_search(tag).is_ok()
    }

    /// Adds `tag`, unless it is there.
    pub fn insert(&mut self, tag: Tag) {
        if let Err(place) = self.0.binary_search(&tag) {
            let (before, after) = self.0.split_at(place);
            let tags = before.iter().cloned().chain([tag]);
            self.0 = tags.chain(after.iter().cloned()).collect();
        }
    }

    /// Removes `tag`, if it is there.
    pub fn remove(&mut self, tag: &Tag) {
        if self.contains(tag) {
            let kept = self.0.iter().filter(|kept| *kept != tag);
            self.0 = kept.cloned().collect();
        }
    }

    /// Whether all of `tags` are among them.
    pub fn contains_all<'a>(&self, tags: impl IntoIterator<Item = &'a Tag>) -> bool {
        tags.into_iter().all(|tag| self.contains(tag))
    }

    /// Whether one of `tags` is among them.
    pub fn contains_any<'a>(&self, tags: impl IntoIterator<Item = &'a Tag>) -> bool {
        tags.into_iter().any(|tag| self.contains(tag))
    }

    /// Replaces each tag by the equal one that `known` returns.
    pub(crate) fn replace_equal(&mut self, mut known: impl FnMut(&Tag) -> Tag) {
        for tag in Arc::make_mut(&mut self.0) {
            let equal = known(tag);
            debug_assert_eq!(*tag, equal, "the tags stay sorted");
            *tag = equal;
        }
    }
}

impl Deref for Tags {
    type Target = [Tag];

    fn deref(&self) -> &[Tag] {
        &self.0
    }
}

impl From<Vec<Tag>> for Tags {
    fn from(mut tags: Vec<Tag>) -> Self {
        tags.sort_unstable();
        tags.dedup();
        Self(tags.into())
    }
}

impl From<BTreeSet<Tag>> for Tags {
    fn from(tags: BTreeSet<Tag>) -> Self {
        Self(tags.into_iter().collect())
    }
}

impl<const N: usize> From<[Tag; N]> for Tags {
    fn from(tags: [Tag; N]) -> Self {
        Vec::from(tags).into()
    }
}

impl FromIterator<Tag> for Tags {
    fn from_iter<I: IntoIterator<Item = Tag>>(tags: I) -> Self {
        Vec::from_iter(tags).into()
    }
}

impl<'a> IntoIterator for &'a Tags {
    type Item = &'a Tag;
    type IntoIter = slice::Iter<'a, Tag>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn tags_are_the_sorted_set_of_what_was_inserted_and_not_removed(
            first in proptest::collection::vec("[a-d]", 0..6),
            edits in proptest::collection::vec((any::<bool>(), "[a-d]"), 0..12),
        ) {
            let tag = |text: &String| -> Tag { text.parse().unwrap() };
            let mut tags: Tags = first.iter().map(tag).collect();
            let mut wanted: BTreeSet<Tag> = first.iter().map(tag).collect();
            for (added, text) in &edits {
                let tag = tag(text);
                if *added {
                    tags.insert(tag.clone());
                    wanted.insert(tag);
                } else {
                    tags.remove(&tag);
                    wanted.remove(&tag);
                }
            }
            prop_assert!(tags.iter().eq(&wanted));
            prop_assert!(tags.contains_all(&wanted));
            prop_assert!(wanted.iter().all(|tag| tags.contains(tag)));
        }
    }
}

//! Images in the order of their age.

use std::collections::BTreeSet;
use std::ops::{Bound, RangeBounds as _};

use crate::image::{Image, ImageId};

/// The time of creation of an image in microseconds, and its id. Every image has one for each of
/// its tags, so it is small.
pub(super) type Age = (i64, ImageId);

/// The age of `image`.
pub(super) fn age(image: &Image) -> Age {
    (image.created_at().as_microsecond(), image.id())
}

/// Images by time of creation and id. A set of one image, which many tags have, takes no memory of
/// its own.
#[derive(Debug)]
pub(super) enum ByAge {
    One(Age),
    Any(BTreeSet<Age>),
}

impl Default for ByAge {
    /// No images.
    fn default() -> Self {
        Self::Any(BTreeSet::new())
    }
}

impl ByAge {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::One(_) => 1,
            Self::Any(all) => all.len(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) fn insert(&mut self, age: Age) {
        match self {
            Self::Any(all) if all.is_empty() => *self = Self::One(age),
            Self::Any(all) => drop(all.insert(age)),
            Self::One(only) => *self = Self::Any(BTreeSet::from([*only, age])),
        }
    }

    pub(super) fn remove(&mut self, age: &Age) {
        match self {
            Self::One(only) if only == age => *self = Self::default(),
            Self::One(_) => {}
            Self::Any(all) => drop(all.remove(age)),
        }
    }

    /// The images before `end`, newest first.
    pub(super) fn newest_first(&self, end: Bound<Age>) -> impl Iterator<Item = &Age> {
        let range = (Bound::Unbounded, end);
        let (one, any) = match self {
            Self::One(only) => (Some(only).filter(|age| range.contains(age)), None),
            Self::Any(all) => (None, Some(all.range(range).rev())),
        };
        one.into_iter().chain(any.into_iter().flatten())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_has_what_was_inserted_and_not_removed(
            edits in proptest::collection::vec((any::<bool>(), 0..4_i64), 0..16),
            end in 0..5_i64,
        ) {
            let id = ImageId::random();
            let (mut images, mut wanted) = (ByAge::default(), BTreeSet::new());
            for (is_added, time) in edits {
                let age = (time, id);
                if is_added {
                    images.insert(age);
                    wanted.insert(age);
                } else {
                    images.remove(&age);
                    wanted.remove(&age);
                }
                prop_assert_eq!(images.len(), wanted.len());
                prop_assert_eq!(images.is_empty(), wanted.is_empty());
                let end = (Bound::Unbounded, Bound::Excluded((end, id)));
                let found = images.newest_first(end.1);
                prop_assert!(found.eq(wanted.range(end).rev()));
            }
        }
    }
}

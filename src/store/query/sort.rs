//! The order of a list.

use std::cmp::Ordering;

use crate::image::{Attribute, Image};

/// A total order of images: by the given attributes, then by time of creation and id, so that no
/// two images compare equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort(Vec<(SortKey, Direction)>);

/// An attribute that lists can be sorted by. In ascending order an image without a
/// value comes first.
///
/// ```
/// use image_tags::image::Attribute;
/// use image_tags::store::SortKey;
///
/// assert_eq!(SortKey::try_from(Attribute::Size).unwrap().attribute(), Attribute::Size);
/// assert!(SortKey::try_from(Attribute::Tags).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortKey(Attribute);

/// Lists cannot be sorted by the attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("lists cannot be sorted by {}", .0.name())]
pub struct SortKeyError(Attribute);

impl TryFrom<Attribute> for SortKey {
    type Error = SortKeyError;

    fn try_from(attribute: Attribute) -> Result<Self, SortKeyError> {
        if attribute.is_sort_key() {
            Ok(Self(attribute))
        } else {
            Err(SortKeyError(attribute))
        }
    }
}

/// The direction of a sort key.
#[expect(missing_docs, reason = "the variants are the two directions")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

impl Sort {
    /// Sorts by `keys`, of which a repeated attribute is ignored, then by time of creation and id
    /// in the direction `last`.
    #[must_use]
    pub fn by(keys: impl IntoIterator<Item = (SortKey, Direction)>, last: Direction) -> Self {
        let mut order: Vec<(SortKey, Direction)> = Vec::new();
        for (key, direction) in keys
            .into_iter()
            .chain([(SortKey::CREATED_AT, last), (SortKey::ID, last)])
        {
            if order.iter().all(|(other, _)| *other != key) {
                order.push((key, direction));
            }
        }
        Self(order)
    }

    /// The default order: newest first.
    #[must_use]
    pub fn newest_first() -> Self {
        Self::by([], Direction::Descending)
    }

    /// The attributes, most significant first. No two images are equal in all of them.
    #[must_use]
    pub fn keys(&self) -> &[(SortKey, Direction)] {
        &self.0
    }

    /// Which of the two images comes first.
    #[must_use]
    pub fn compare(&self, one: &Image, other: &Image) -> Ordering {
        let by = |(key, direction): &(SortKey, Direction)| {
            let ordering = key.compare(one, other);
            if *direction == Direction::Ascending {
                ordering
            } else {
                ordering.reverse()
            }
        };
        self.0
            .iter()
            .map(by)
            .find(|ordering| ordering.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

impl SortKey {
    const CREATED_AT: Self = Self(Attribute::CreatedAt);
    const ID: Self = Self(Attribute::Id);

    /// The attribute.
    #[must_use]
    pub fn attribute(self) -> Attribute {
        self.0
    }

    fn compare(self, one: &Image, other: &Image) -> Ordering {
        self.0.value(one).cmp(&self.0.value(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_sort_key_is_ignored() {
        let (ascending, descending) = (Direction::Ascending, Direction::Descending);
        let name = SortKey::try_from(Attribute::Name).unwrap();
        let repeated = [
            (name, ascending),
            (SortKey::ID, ascending),
            (name, descending),
        ];
        let once = [
            (name, ascending),
            (SortKey::ID, ascending),
            (SortKey::CREATED_AT, descending),
        ];
        assert_eq!(Sort::by(repeated, descending), Sort(once.into()));
    }
}

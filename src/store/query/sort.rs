//! The order of a list.

use std::cmp::Ordering;

use crate::image::{Attribute, Image};

/// The order of a list: by several attributes, in the end always by time of creation and id, so that no two images are
/// alike in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort(Vec<(SortKey, Direction)>);

/// An attribute that lists can be sorted by. An image without a value comes before those with one.
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

/// Which way to sort.
#[expect(missing_docs, reason = "they say what they are")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Ascending,
    Descending,
}

impl Sort {
    /// By these attributes, of which a second mention means nothing; then by time of creation and id in the direction
    /// `rest`.
    #[must_use]
    pub fn by(keys: impl IntoIterator<Item = (SortKey, Direction)>, rest: Direction) -> Self {
        let mut order: Vec<(SortKey, Direction)> = Vec::new();
        for (key, direction) in keys
            .into_iter()
            .chain([(SortKey::CREATED_AT, rest), (SortKey::ID, rest)])
        {
            if order.iter().all(|(other, _)| *other != key) {
                order.push((key, direction));
            }
        }
        Self(order)
    }

    /// Newest first.
    #[must_use]
    pub fn newest_first() -> Self {
        Self::by([], Direction::Descending)
    }

    /// The attributes in their order, no two images alike in all of them.
    #[must_use]
    pub fn keys(&self) -> &[(SortKey, Direction)] {
        &self.0
    }

    /// Which of two images comes first.
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
    fn an_attribute_is_sorted_by_once() {
        let (ascending, descending) = (Direction::Ascending, Direction::Descending);
        let name = SortKey::try_from(Attribute::Name).unwrap();
        let often = [
            (name, ascending),
            (SortKey::ID, ascending),
            (name, descending),
        ];
        let once = [
            (name, ascending),
            (SortKey::ID, ascending),
            (SortKey::CREATED_AT, descending),
        ];
        assert_eq!(Sort::by(often, descending), Sort(once.into()));
    }
}

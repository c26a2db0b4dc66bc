//! The order of a list.

use std::cmp::Ordering;

use super::filter::size;
use crate::image::Image;

/// A total order of images: by the given attributes, then by time of creation and id, so that no
/// two images compare equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort(Vec<(SortKey, Direction)>);

/// An attribute to sort by. In ascending order an image without a value comes first.
#[expect(missing_docs, reason = "the variants are named after the attributes")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SortKey {
    Name,
    Status,
    ContainerFormat,
    DiskFormat,
    Size,
    Id,
    CreatedAt,
    UpdatedAt,
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
            .chain([(SortKey::CreatedAt, last), (SortKey::Id, last)])
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
    fn compare(self, one: &Image, other: &Image) -> Ordering {
        match self {
            Self::Name => one.name.cmp(&other.name),
            Self::Status => one.status.as_ref().cmp(other.status.as_ref()),
            Self::ContainerFormat => one.container_format.cmp(&other.container_format),
            Self::DiskFormat => one.disk_format.cmp(&other.disk_format),
            Self::Size => size(one).cmp(&size(other)),
            Self::Id => one.id().cmp(&other.id()),
            Self::CreatedAt => one.created_at().cmp(&other.created_at()),
            Self::UpdatedAt => one.updated_at().cmp(&other.updated_at()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_sort_key_is_ignored() {
        let (ascending, descending) = (Direction::Ascending, Direction::Descending);
        let repeated = [
            (SortKey::Name, ascending),
            (SortKey::Id, ascending),
            (SortKey::Name, descending),
        ];
        let once = [
            (SortKey::Name, ascending),
            (SortKey::Id, ascending),
            (SortKey::CreatedAt, descending),
        ];
        assert_eq!(Sort::by(repeated, descending), Sort(once.into()));
    }
}

//! The order of a list.

use std::cmp::Ordering;

use super::size;
use crate::image::Image;

/// The order of a list: by several attributes, in the end always by time of creation and id, so that no two images are
/// alike in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sort(Vec<(SortKey, Direction)>);

/// Attributes to sort by. An image without a value comes before those with one.
#[expect(missing_docs, reason = "they are named as the attributes are")]
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
            .chain([(SortKey::CreatedAt, rest), (SortKey::Id, rest)])
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
    fn an_attribute_is_sorted_by_once() {
        let (ascending, descending) = (Direction::Ascending, Direction::Descending);
        let often = [
            (SortKey::Name, ascending),
            (SortKey::Id, ascending),
            (SortKey::Name, descending),
        ];
        let once = [
            (SortKey::Name, ascending),
            (SortKey::Id, ascending),
            (SortKey::CreatedAt, descending),
        ];
        assert_eq!(Sort::by(often, descending), Sort(once.into()));
    }
}

//! Conditions on one attribute or property of an image.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::image::{Image, ImageData};

/// A condition on one attribute or property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// The attribute equals one of these texts.
    Text(TextField, BTreeSet<String>),
    /// The attribute compares to this number.
    Number(NumberField, Comparison, i64),
    /// The attribute compares to this time, both cut to the second that the API shows.
    Time(TimeField, Comparison, Timestamp),
    /// The image is protected, or is not.
    Protected(bool),
    /// The property with this name has this value.
    Property(String, String),
}

/// The text attributes that a filter can compare.
#[expect(missing_docs, reason = "the variants are named after the attributes")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextField {
    Id,
    Name,
    Status,
    Owner,
    ContainerFormat,
    DiskFormat,
    Checksum,
    OsHashAlgo,
    OsHashValue,
}

/// The numeric attributes that a filter can compare.
#[expect(missing_docs, reason = "the variants are named after the attributes")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberField {
    Size,
    MinDisk,
    MinRam,
}

/// The times that a filter can compare.
#[expect(missing_docs, reason = "the variants are named after the attributes")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeField {
    CreatedAt,
    UpdatedAt,
}

/// The operator between an attribute and the filter's value.
#[expect(missing_docs, reason = "the variants are the six comparison operators")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

impl Filter {
    pub(super) fn holds(&self, image: &Image) -> bool {
        match self {
            Self::Text(field, texts) => field.of(image).is_some_and(|text| texts.contains(&text)),
            Self::Number(field, comparison, number) => field
                .of(image)
                .is_some_and(|value| comparison.holds(value.cmp(number))),
            Self::Time(field, comparison, time) => {
                comparison.holds(field.of(image).as_second().cmp(&time.as_second()))
            }
            Self::Protected(protected) => image.protected == *protected,
            Self::Property(name, value) => image.properties.get(name) == Some(value),
        }
    }
}

impl TextField {
    fn of(self, image: &Image) -> Option<String> {
        let data = image.data.as_ref();
        match self {
            Self::Id => Some(image.id().to_string()),
            Self::Name => image.name.clone(),
            Self::Status => Some(image.status.to_string()),
            Self::Owner => image.owner.as_ref().map(ToString::to_string),
            Self::ContainerFormat => image.container_format.clone(),
            Self::DiskFormat => image.disk_format.clone(),
            Self::Checksum => data.map(|data| data.checksum.clone()),
            Self::OsHashAlgo => data.map(|_| ImageData::HASH_ALGORITHM.to_owned()),
            Self::OsHashValue => data.map(|data| data.sha512.clone()),
        }
    }
}

impl NumberField {
    fn of(self, image: &Image) -> Option<i64> {
        match self {
            Self::Size => size(image).and_then(|size| i64::try_from(size).ok()),
            Self::MinDisk => Some(image.min_disk.into()),
            Self::MinRam => Some(image.min_ram.into()),
        }
    }
}

impl TimeField {
    fn of(self, image: &Image) -> Timestamp {
        match self {
            Self::CreatedAt => image.created_at(),
            Self::UpdatedAt => image.updated_at(),
        }
    }
}

/// The size of the image's data in bytes, if it has data.
pub(super) fn size(image: &Image) -> Option<u64> {
    image.data.as_ref().map(|data| data.size)
}

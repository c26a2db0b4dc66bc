//! The value that an image has of an attribute.

use std::borrow::Cow;

use jiff::Timestamp;

use super::definition::Attribute;
use crate::identity::ProjectId;
use crate::image::model::Image;
use crate::image::value::{ContainerFormat, DiskFormat, ImageData, ImageId, ImageName, Tag};

/// The value of an attribute. Values of one attribute compare as lists sort them: without a value
/// comes first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AttributeValue<'a> {
    /// The image has no value.
    Null,
    /// A text.
    Text(Cow<'a, str>),
    /// The id of an image.
    Id(ImageId),
    /// A whole number.
    Number(i64),
    /// A truth value.
    Flag(bool),
    /// A time to the microsecond.
    Time(Timestamp),
    /// All tags.
    Tags(&'a [Tag]),
}

impl<'a> From<&'a str> for AttributeValue<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for AttributeValue<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<i64> for AttributeValue<'_> {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for AttributeValue<'_> {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<Timestamp> for AttributeValue<'_> {
    fn from(time: Timestamp) -> Self {
        Self::Time(time)
    }
}

impl<T: Into<Self>> From<Option<T>> for AttributeValue<'_> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl Attribute {
    /// The value that `image` has. Only the paths are made for it; every other value is borrowed or
    /// copied.
    #[must_use]
    pub fn value(self, image: &Image) -> AttributeValue<'_> {
        let data = image.data.as_ref();
        match self {
            Self::Name => image.name.as_ref().map(ImageName::as_str).into(),
            Self::DiskFormat => image.disk_format.map(DiskFormat::as_str).into(),
            Self::ContainerFormat => image.container_format.map(ContainerFormat::as_str).into(),
            Self::Visibility => image.visibility.as_str().into(),
            Self::Size => data.map(ImageData::size).into(),
            Self::VirtualSize => data.and_then(ImageData::virtual_size).into(),
            Self::Status => image.status.as_str().into(),
            Self::Checksum => data.map(ImageData::checksum).into(),
            Self::Protected => image.protected.into(),
            Self::MinRam => i64::from(image.min_ram.get()).into(),
            Self::MinDisk => i64::from(image.min_disk.get()).into(),
            Self::Owner => image.owner.as_ref().map(ProjectId::as_str).into(),
            Self::OsHidden => image.hidden.into(),
            Self::OsHashAlgo => data.map(|_| ImageData::HASH_ALGORITHM).into(),
            Self::OsHashValue => data.map(ImageData::sha512).into(),
            Self::Id => AttributeValue::Id(image.id()),
            Self::CreatedAt => image.created_at().into(),
            Self::UpdatedAt => image.updated_at().into(),
            Self::Tags => AttributeValue::Tags(&image.tags),
            Self::SelfPath => path(image.id(), "").into(),
            Self::FilePath => path(image.id(), "/file").into(),
            Self::SchemaPath => "/v2/schemas/image".into(),
        }
    }
}

/// The path of the image, or of something below it.
fn path(id: ImageId, below: &str) -> String {
    ["/v2/images/", id.encode(&mut [0; ImageId::LENGTH]), below].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::attribute::kind::Kind;

    #[test]
    fn a_value_is_of_the_kind_of_its_attribute_and_missing_only_where_it_may_be() {
        let mut image = Image::new(ImageId::random(), Timestamp::UNIX_EPOCH);
        for with_values in [false, true] {
            if with_values {
                image.name = Some("name".parse().unwrap());
                image.owner = Some("owner".parse().unwrap());
                image.disk_format = Some(DiskFormat::Raw);
                image.container_format = Some("bare".parse().unwrap());
                let data = ImageData::new(1, "a", "b").unwrap();
                image.data = Some(data.with_virtual_size(Some(2)).unwrap());
            }
            for attribute in Attribute::ALL {
                let kind = match attribute.value(&image) {
                    AttributeValue::Null => {
                        assert!(attribute.is_optional() && !with_values, "{attribute:?}");
                        continue;
                    }
                    AttributeValue::Text(_) => Kind::Text,
                    AttributeValue::Id(_) => Kind::Id,
                    AttributeValue::Number(_) => Kind::Number,
                    AttributeValue::Flag(_) => Kind::Flag,
                    AttributeValue::Time(_) => Kind::Time,
                    AttributeValue::Tags(_) => Kind::Tags,
                };
                assert_eq!(attribute.kind(), kind, "{attribute:?}");
                assert!(
                    with_values || !attribute.is_optional(),
                    "{attribute:?} is optional and has a value from the start"
                );
            }
        }
    }
}

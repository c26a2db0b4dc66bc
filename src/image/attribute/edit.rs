//! Edits of attributes, made from values that come from outside.

use std::str::FromStr;

use super::definition::Attribute;
use super::value::AttributeValue;
use crate::identity::ProjectIdError;
use crate::image::edit::Edit;
use crate::image::value::{
    ContainerFormatError, DiskFormatError, ImageDataError, ImageIdError, ImageNameError, Minimum,
    MinimumError, StatusError, VisibilityError,
};

/// Why a value is not one of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttributeError {
    /// No edit sets the attribute: the service does, or a call of its own.
    #[error("the attribute cannot be set")]
    NotEditable,
    /// A value that is missing, or of another kind.
    #[error("{0} is expected")]
    Kind(&'static str),
    /// A text that is not a name.
    #[error(transparent)]
    Name(#[from] ImageNameError),
    /// A text that is not the id of a project.
    #[error(transparent)]
    Owner(#[from] ProjectIdError),
    /// A text that is not a visibility.
    #[error(transparent)]
    Visibility(#[from] VisibilityError),
    /// A text that is not a status.
    #[error(transparent)]
    Status(#[from] StatusError),
    /// A text that is not the format of a disk.
    #[error(transparent)]
    DiskFormat(#[from] DiskFormatError),
    /// A text that is not the format of a container.
    #[error(transparent)]
    ContainerFormat(#[from] ContainerFormatError),
    /// A number that is not a minimum.
    #[error(transparent)]
    Minimum(#[from] MinimumError),
    /// A text that is not the id of an image.
    #[error(transparent)]
    Id(#[from] ImageIdError),
    /// A size or a digest that data cannot have.
    #[error(transparent)]
    Data(#[from] ImageDataError),
}

impl AttributeValue<'_> {
    /// The value as a `T`, or none for [`Self::Null`].
    pub(super) fn parsed<T>(&self) -> Result<Option<T>, AttributeError>
    where
        T: FromStr<Err: Into<AttributeError>>,
    {
        match self {
            Self::Null => Ok(None),
            Self::Text(text) => text.parse().map(Some).map_err(Into::into),
            _ => Err(AttributeError::Kind("a text")),
        }
    }

    /// The value as a `T`.
    pub(super) fn required<T>(&self) -> Result<T, AttributeError>
    where
        T: FromStr<Err: Into<AttributeError>>,
    {
        self.parsed()?.ok_or(AttributeError::Kind("a text"))
    }

    pub(super) fn flag(&self) -> Result<bool, AttributeError> {
        match self {
            Self::Flag(flag) => Ok(*flag),
            _ => Err(AttributeError::Kind("true or false")),
        }
    }

    pub(super) fn minimum(&self) -> Result<Minimum, AttributeError> {
        match self {
            Self::Number(number) => Ok(Minimum::try_from(*number)?),
            _ => Err(AttributeError::Kind("a whole number")),
        }
    }
}

impl Attribute {
    /// The edit that gives an image this value. The tags have no edit: a quota belongs to a change
    /// of them.
    ///
    /// ```
    /// use image_tags::image::{Attribute, AttributeError, Edit, MinimumError};
    ///
    /// assert_eq!(Attribute::Protected.edit(&true.into()), Ok(Edit::Protected(true)));
    /// assert_eq!(
    ///     Attribute::MinDisk.edit(&(-1).into()),
    ///     Err(AttributeError::Minimum(MinimumError::Negative))
    /// );
    /// assert_eq!(Attribute::Size.edit(&1.into()), Err(AttributeError::NotEditable));
    /// ```
    pub fn edit(self, value: &AttributeValue<'_>) -> Result<Edit, AttributeError> {
        Ok(match self {
            Self::Name => Edit::Name(value.parsed()?),
            Self::DiskFormat => Edit::DiskFormat(value.parsed()?),
            Self::ContainerFormat => Edit::ContainerFormat(value.parsed()?),
            Self::Visibility => Edit::Visibility(value.required()?),
            Self::Protected => Edit::Protected(value.flag()?),
            Self::MinRam => Edit::MinRam(value.minimum()?),
            Self::MinDisk => Edit::MinDisk(value.minimum()?),
            Self::Owner => Edit::Owner(value.parsed()?),
            Self::OsHidden => Edit::Hidden(value.flag()?),
            Self::Size
            | Self::VirtualSize
            | Self::Status
            | Self::Checksum
            | Self::OsHashAlgo
            | Self::OsHashValue
            | Self::Id
            | Self::CreatedAt
            | Self::UpdatedAt
            | Self::Tags
            | Self::SelfPath
            | Self::FilePath
            | Self::SchemaPath => return Err(AttributeError::NotEditable),
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::image::attribute::kind::Access;
    use crate::image::model::Image;
    use crate::image::value::ImageId;

    #[test]
    fn exactly_the_writable_attributes_but_the_tags_have_an_edit_that_sets_them() {
        let mut from = Image::new(ImageId::random(), Timestamp::UNIX_EPOCH);
        from.name = Some("name".parse().unwrap());
        from.owner = Some("owner".parse().unwrap());
        from.disk_format = Some("raw".parse().unwrap());
        from.container_format = Some("bare".parse().unwrap());
        from.visibility = "public".parse().unwrap();
        from.min_disk = Minimum::try_from(1).unwrap();
        from.min_ram = Minimum::try_from(2).unwrap();
        (from.protected, from.hidden) = (true, true);
        for attribute in Attribute::ALL {
            let mut to = Image::new(from.id(), Timestamp::UNIX_EPOCH);
            let is_writable = attribute.access() == Access::Writable;
            match attribute.edit(&attribute.value(&from)) {
                Ok(edit) => {
                    edit.apply(&mut to).unwrap();
                    assert_eq!(attribute.value(&to), attribute.value(&from));
                    assert!(is_writable);
                }
                Err(error) => {
                    assert_eq!(error, AttributeError::NotEditable);
                    assert!(!is_writable || *attribute == Attribute::Tags);
                }
            }
        }
    }
}

//! Images out of the values that a store has kept.

use jiff::Timestamp;

use super::definition::Attribute;
use super::edit::AttributeError;
use super::value::AttributeValue;
use crate::image::model::{Image, ImportTask, Noted};
use crate::image::value::{ImageData, ImageDataError, ImageId, UploadId};

/// An image that a store is reading, attribute by attribute.
#[derive(Debug)]
pub(crate) struct Restoration {
    image: Image,
    size: Option<i64>,
    virtual_size: Option<i64>,
    checksum: Option<Box<str>>,
    sha512: Option<Box<str>>,
}

impl Restoration {
    /// An image of which nothing has been read yet.
    pub(crate) fn new() -> Self {
        Self {
            image: Image::new(ImageId::nil(), Timestamp::UNIX_EPOCH),
            size: None,
            virtual_size: None,
            checksum: None,
            sha512: None,
        }
    }

    /// The image, without tags, members and properties, as a store has kept it: changed `revision`
    /// times, of this [size](Image::size) in bytes, with the data of `upload`, and with the last
    /// `import`.
    pub(crate) fn finish(
        self,
        revision: u64,
        bytes: usize,
        upload: Option<UploadId>,
        import: Option<Box<ImportTask>>,
    ) -> Result<Image, AttributeError> {
        let Self {
            mut image,
            size,
            virtual_size,
            checksum,
            sha512,
        } = self;
        if let (Some(checksum), Some(sha512)) = (checksum, sha512) {
            let size = size.and_then(|size| u64::try_from(size).ok());
            let size = size.ok_or(ImageDataError::Size)?;
            let virtual_size = virtual_size.map(u64::try_from).transpose();
            let virtual_size = virtual_size.map_err(|_| ImageDataError::Size)?;
            let data = ImageData::new(size, checksum, sha512)?;
            image.data = Some(data.with_virtual_size(virtual_size)?);
        }
        image.revision = revision;
        image.size = Noted(bytes);
        image.upload = upload;
        image.import = import;
        Ok(image)
    }
}

impl AttributeValue<'_> {
    fn digest(self) -> Result<Option<Box<str>>, AttributeError> {
        match self {
            Self::Null => Ok(None),
            Self::Text(text) => Ok(Some(text.into())),
            _ => Err(AttributeError::Kind("a text")),
        }
    }

    fn number(&self) -> Result<Option<i64>, AttributeError> {
        match self {
            Self::Null => Ok(None),
            Self::Number(number) => Ok(Some(*number)),
            _ => Err(AttributeError::Kind("a whole number")),
        }
    }

    fn time(&self) -> Result<Timestamp, AttributeError> {
        match self {
            Self::Time(time) => Ok(*time),
            _ => Err(AttributeError::Kind("a time")),
        }
    }
}

impl Attribute {
    /// Gives the image that is being read the `value` that was kept. What has no column has no
    /// value to restore.
    pub(crate) fn restore(
        self,
        restoration: &mut Restoration,
        value: AttributeValue<'_>,
    ) -> Result<(), AttributeError> {
        let image = &mut restoration.image;
        match self {
            Self::Name => image.name = value.parsed()?,
            Self::DiskFormat => image.disk_format = value.parsed()?,
            Self::ContainerFormat => image.container_format = value.parsed()?,
            Self::Visibility => image.visibility = value.required()?,
            Self::Size => restoration.size = value.number()?,
            Self::Status => image.status = value.required()?,
            Self::Checksum => restoration.checksum = value.digest()?,
            Self::Protected => image.protected = value.flag()?,
            Self::MinRam => image.min_ram = value.minimum()?,
            Self::MinDisk => image.min_disk = value.minimum()?,
            Self::Owner => image.owner = value.parsed()?,
            Self::OsHidden => image.hidden = value.flag()?,
            Self::OsHashValue => restoration.sha512 = value.digest()?,
            Self::Id => image.id = value.required()?,
            Self::CreatedAt => image.created_at = value.time()?,
            Self::UpdatedAt => image.updated_at = value.time()?,
            Self::VirtualSize => restoration.virtual_size = value.number()?,
            Self::OsHashAlgo | Self::Tags | Self::SelfPath | Self::FilePath | Self::SchemaPath => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::value::Minimum;

    #[test]
    fn an_image_comes_out_of_the_values_of_its_stored_attributes() {
        let time = Timestamp::from_microsecond(1_500_000).unwrap();
        let mut image = Image::new(ImageId::random(), time);
        for with_values in [false, true] {
            if with_values {
                image.name = Some("name".parse().unwrap());
                image.owner = Some("owner".parse().unwrap());
                image.disk_format = Some("raw".parse().unwrap());
                image.container_format = Some("bare".parse().unwrap());
                image.visibility = "public".parse().unwrap();
                image.status = "active".parse().unwrap();
                image.min_disk = Minimum::try_from(1).unwrap();
                image.min_ram = Minimum::try_from(2).unwrap();
                let data = ImageData::new(1, "a", "b").unwrap();
                image.data = Some(data.with_virtual_size(Some(2)).unwrap());
                (image.protected, image.hidden) = (true, true);
                image.updated_at = Timestamp::from_second(9).unwrap();
            }
            let mut restoration = Restoration::new();
            for (attribute, _) in Attribute::stored() {
                let value = match attribute.value(&image) {
                    // As the id is in a column of text.
                    AttributeValue::Id(id) => id.to_string().into(),
                    value => value,
                };
                attribute.restore(&mut restoration, value).unwrap();
            }
            assert_eq!(restoration.finish(0, 0, None, None), Ok(image.clone()));
        }
    }

    #[test]
    fn a_value_that_nobody_could_have_stored_is_an_error() {
        let mut restoration = Restoration::new();
        let long = "a".repeat(256);
        for (attribute, value) in [
            (Attribute::Name, long.as_str().into()),
            (Attribute::Owner, "".into()),
            (Attribute::DiskFormat, "floppy".into()),
            (Attribute::MinRam, (-1).into()),
            (Attribute::Visibility, AttributeValue::Null),
            (Attribute::CreatedAt, 1.into()),
        ] {
            assert!(attribute.restore(&mut restoration, value).is_err());
        }
        for (attribute, value) in [
            (Attribute::Size, (-1).into()),
            (Attribute::Checksum, "a".into()),
            (Attribute::OsHashValue, "b".into()),
        ] {
            attribute.restore(&mut restoration, value).unwrap();
        }
        assert_eq!(
            restoration.finish(0, 0, None, None),
            Err(AttributeError::Data(ImageDataError::Size))
        );
    }
}

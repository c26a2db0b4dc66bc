//! One change of an attribute or a property, as a client asks for it.

use crate::identity::ProjectId;
use crate::image::attribute::Attribute;
use crate::image::model::Image;
use crate::image::refusal::Refusal;
use crate::image::value::{
    ContainerFormat, DiskFormat, ImageName, Minimum, PropertyName, PropertyValue, Status,
    Visibility,
};

/// A new value for an attribute or a property. [`Attribute::edit`] makes one from a value of any
/// kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// The name.
    Name(Option<ImageName>),
    /// The project that owns the image.
    Owner(Option<ProjectId>),
    /// Who besides the owner can see the image.
    Visibility(Visibility),
    /// Whether the image is guarded against deletion.
    Protected(bool),
    /// Whether the image is left out of lists.
    Hidden(bool),
    /// The format of the disk.
    DiskFormat(Option<DiskFormat>),
    /// The format of the container.
    ContainerFormat(Option<ContainerFormat>),
    /// The least size of a disk, in GiB.
    MinDisk(Minimum),
    /// The least memory, in MiB.
    MinRam(Minimum),
    /// A free property.
    Property(PropertyName, PropertyValue),
}

impl Edit {
    /// The length of its texts in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Name(name) => name.as_ref().map_or(0, |name| name.as_str().len()),
            Self::Owner(owner) => owner.as_ref().map_or(0, |owner| owner.as_str().len()),
            Self::Property(name, value) => name.as_str().len() + value.as_str().len(),
            Self::Visibility(_)
            | Self::Protected(_)
            | Self::Hidden(_)
            | Self::DiskFormat(_)
            | Self::ContainerFormat(_)
            | Self::MinDisk(_)
            | Self::MinRam(_) => 0,
        }
    }

    /// Gives `image` the new value. The formats belong to the data: they are fixed once there is
    /// data.
    pub fn apply(&self, image: &mut Image) -> Result<(), Refusal> {
        let without_data = matches!(image.status, Status::Queued | Status::Importing);
        match self.clone() {
            Self::DiskFormat(_) if !without_data => {
                return Err(Refusal::FormatIsFixed(Attribute::DiskFormat));
            }
            Self::ContainerFormat(_) if !without_data => {
                return Err(Refusal::FormatIsFixed(Attribute::ContainerFormat));
            }
            Self::Name(name) => image.name = name,
            Self::Owner(owner) => image.owner = owner,
            Self::Visibility(visibility) => image.visibility = visibility,
            Self::Protected(protected) => image.protected = protected,
            Self::Hidden(hidden) => image.hidden = hidden,
            Self::DiskFormat(format) => image.disk_format = format,
            Self::ContainerFormat(format) => image.container_format = format,
            Self::MinDisk(min_disk) => image.min_disk = min_disk,
            Self::MinRam(min_ram) => image.min_ram = min_ram,
            Self::Property(name, value) => {
                image.properties.insert(name, value);
            }
        }
        Ok(())
    }
}

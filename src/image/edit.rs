//! One change of an attribute or a property, as a client asks for it.

use super::{Image, Refusal, Status, Visibility};
use crate::identity::ProjectId;

/// A new value for an attribute or a property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// The name.
    Name(Option<String>),
    /// The project that owns the image.
    Owner(Option<ProjectId>),
    /// Who besides the owner can see the image.
    Visibility(Visibility),
    /// Whether the image is guarded against deletion.
    Protected(bool),
    /// Whether the image is left out of lists.
    Hidden(bool),
    /// The format of the disk.
    DiskFormat(Option<String>),
    /// The format of the container.
    ContainerFormat(Option<String>),
    /// The least size of a disk, in GiB.
    MinDisk(u32),
    /// The least memory, in MiB.
    MinRam(u32),
    /// A free property.
    Property(String, String),
}

impl Edit {
    /// The bytes of its texts.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Name(text) | Self::DiskFormat(text) | Self::ContainerFormat(text) => {
                text.as_ref().map_or(0, String::len)
            }
            Self::Owner(owner) => owner.as_ref().map_or(0, |owner| owner.as_str().len()),
            Self::Property(name, value) => name.len() + value.len(),
            Self::Visibility(_)
            | Self::Protected(_)
            | Self::Hidden(_)
            | Self::MinDisk(_)
            | Self::MinRam(_) => 0,
        }
    }

    /// Gives `image` the new value. The formats belong to the data: they stay once that is there.
    pub fn apply(&self, image: &mut Image) -> Result<(), Refusal> {
        let without_data = matches!(image.status, Status::Queued | Status::Importing);
        match self.clone() {
            Self::DiskFormat(_) if !without_data => {
                return Err(Refusal::FormatIsFixed("disk_format"));
            }
            Self::ContainerFormat(_) if !without_data => {
                return Err(Refusal::FormatIsFixed("container_format"));
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

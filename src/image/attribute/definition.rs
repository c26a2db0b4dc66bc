//! The attributes and what is known of each without an image.

use strum::{EnumString, IntoStaticStr, VariantArray};

use super::kind::{Access, FilterKind, Kind};

/// An attribute that every image has, in the order in which Glance shows them. No property can have
/// its name.
///
/// ```
/// use image_tags::image::{Access, Attribute};
///
/// assert_eq!(Attribute::named("os_hidden"), Some(Attribute::OsHidden));
/// assert_eq!(Attribute::OsHidden.access(), Access::Writable);
/// assert_eq!(Attribute::OsHidden.column(), Some("hidden"));
/// assert_eq!(Attribute::named("os_distro"), None);
/// ```
#[expect(missing_docs, reason = "the variants are the names of the API")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Attribute {
    Name,
    DiskFormat,
    ContainerFormat,
    Visibility,
    Size,
    VirtualSize,
    Status,
    Checksum,
    Protected,
    MinRam,
    MinDisk,
    Owner,
    OsHidden,
    OsHashAlgo,
    OsHashValue,
    Id,
    CreatedAt,
    UpdatedAt,
    Tags,
    #[strum(serialize = "self")]
    SelfPath,
    #[strum(serialize = "file")]
    FilePath,
    #[strum(serialize = "schema")]
    SchemaPath,
}

impl Attribute {
    /// All attributes in the order in which Glance shows them.
    pub const ALL: &[Self] = Self::VARIANTS;

    /// The attribute with this name in the API.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        name.parse().ok()
    }

    /// The attributes that have a column in the table of images, in the order of the columns in
    /// statements.
    pub fn stored() -> impl Iterator<Item = (Self, &'static str)> {
        Self::ALL
            .iter()
            .filter_map(|attribute| Some((*attribute, attribute.column()?)))
    }

    /// Its name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether a client may set it.
    #[must_use]
    pub fn access(self) -> Access {
        match self {
            Self::Name
            | Self::DiskFormat
            | Self::ContainerFormat
            | Self::Visibility
            | Self::Protected
            | Self::MinRam
            | Self::MinDisk
            | Self::Owner
            | Self::OsHidden
            | Self::Tags => Access::Writable,
            Self::Id => Access::OnCreate,
            Self::Size
            | Self::VirtualSize
            | Self::Status
            | Self::Checksum
            | Self::OsHashAlgo
            | Self::OsHashValue
            | Self::CreatedAt
            | Self::UpdatedAt
            | Self::SelfPath
            | Self::FilePath
            | Self::SchemaPath => Access::ReadOnly,
        }
    }

    /// The kind of its value.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Self::Name
            | Self::DiskFormat
            | Self::ContainerFormat
            | Self::Visibility
            | Self::Status
            | Self::Checksum
            | Self::Owner
            | Self::OsHashAlgo
            | Self::OsHashValue
            | Self::SelfPath
            | Self::FilePath
            | Self::SchemaPath => Kind::Text,
            Self::Id => Kind::Id,
            Self::Size | Self::VirtualSize | Self::MinRam | Self::MinDisk => Kind::Number,
            Self::Protected | Self::OsHidden => Kind::Flag,
            Self::CreatedAt | Self::UpdatedAt => Kind::Time,
            Self::Tags => Kind::Tags,
        }
    }

    /// Whether an image may be without a value of it.
    #[must_use]
    pub fn is_optional(self) -> bool {
        match self {
            Self::Name
            | Self::DiskFormat
            | Self::ContainerFormat
            | Self::Size
            | Self::VirtualSize
            | Self::Checksum
            | Self::Owner
            | Self::OsHashAlgo
            | Self::OsHashValue => true,
            Self::Visibility
            | Self::Status
            | Self::Protected
            | Self::MinRam
            | Self::MinDisk
            | Self::OsHidden
            | Self::Id
            | Self::CreatedAt
            | Self::UpdatedAt
            | Self::Tags
            | Self::SelfPath
            | Self::FilePath
            | Self::SchemaPath => false,
        }
    }

    /// Its column in the table of images; `None` for what follows from other attributes or has a
    /// table of its own.
    #[must_use]
    pub fn column(self) -> Option<&'static str> {
        match self {
            Self::OsHidden => Some("hidden"),
            Self::OsHashValue => Some("sha512"),
            Self::Name
            | Self::DiskFormat
            | Self::ContainerFormat
            | Self::Visibility
            | Self::Size
            | Self::Status
            | Self::Checksum
            | Self::Protected
            | Self::MinRam
            | Self::MinDisk
            | Self::Owner
            | Self::Id
            | Self::CreatedAt
            | Self::UpdatedAt
            | Self::VirtualSize => Some(self.name()),
            Self::OsHashAlgo | Self::Tags | Self::SelfPath | Self::FilePath | Self::SchemaPath => {
                None
            }
        }
    }

    /// Whether lists can be sorted by it.
    #[must_use]
    pub fn is_sort_key(self) -> bool {
        match self {
            Self::Name
            | Self::DiskFormat
            | Self::ContainerFormat
            | Self::Size
            | Self::Status
            | Self::Id
            | Self::CreatedAt
            | Self::UpdatedAt => true,
            Self::Visibility
            | Self::VirtualSize
            | Self::Checksum
            | Self::Protected
            | Self::MinRam
            | Self::MinDisk
            | Self::Owner
            | Self::OsHidden
            | Self::OsHashAlgo
            | Self::OsHashValue
            | Self::Tags
            | Self::SelfPath
            | Self::FilePath
            | Self::SchemaPath => false,
        }
    }

    /// How lists are filtered by it. Without a kind, a parameter of this name filters by a
    /// property.
    ///
    /// `tag`, `visibility` and `os_hidden` are parameters of their own, which the Image API reads
    /// before it looks for a filter here.
    #[must_use]
    pub fn filter(self) -> Option<FilterKind> {
        match self {
            Self::Name | Self::DiskFormat | Self::ContainerFormat | Self::Status | Self::Id => {
                Some(FilterKind::Choice)
            }
            Self::Checksum | Self::Owner | Self::OsHashAlgo | Self::OsHashValue => {
                Some(FilterKind::Text)
            }
            Self::Size | Self::MinRam | Self::MinDisk => Some(FilterKind::Number),
            Self::CreatedAt | Self::UpdatedAt => Some(FilterKind::Time),
            Self::Protected => Some(FilterKind::Flag),
            Self::Visibility
            | Self::VirtualSize
            | Self::OsHidden
            | Self::Tags
            | Self::SelfPath
            | Self::FilePath
            | Self::SchemaPath => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_attribute_is_found_by_its_name() {
        for attribute in Attribute::ALL {
            assert_eq!(Attribute::named(attribute.name()), Some(*attribute));
        }
        assert_eq!(Attribute::ALL.len(), 22);
    }

    #[test]
    fn every_filter_has_a_column_of_its_kind() {
        for attribute in Attribute::ALL {
            // The stores derive the algorithm from the existence of a digest.
            if *attribute == Attribute::OsHashAlgo {
                continue;
            }
            let Some(filter) = attribute.filter() else {
                continue;
            };
            let fits = match filter {
                FilterKind::Choice | FilterKind::Text => {
                    matches!(attribute.kind(), Kind::Text | Kind::Id)
                }
                FilterKind::Number => attribute.kind() == Kind::Number,
                FilterKind::Time => attribute.kind() == Kind::Time,
                FilterKind::Flag => attribute.kind() == Kind::Flag,
            };
            assert!(fits && attribute.column().is_some(), "{attribute:?}");
        }
    }

    #[test]
    fn every_sort_key_has_a_column() {
        let sort_keys = Attribute::ALL.iter().filter(|key| key.is_sort_key());
        assert!(sort_keys.clone().count() > 0);
        assert!(sort_keys.into_iter().all(|key| key.column().is_some()));
    }
}

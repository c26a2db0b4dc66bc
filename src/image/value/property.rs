//! Names and values of the free properties.

use std::borrow::Borrow;

use serde::{Deserialize, Serialize};

use super::text::{MAX_COLUMN_CHARS, is_longer_than, text_value};
use crate::image::attribute::Attribute;

/// Names that Glance keeps to itself, though no image shows them.
const RESERVED: [&str; 6] = [
    "direct_url",
    "location",
    "locations",
    "deleted",
    "deleted_at",
    "stores",
];

/// Properties whose names begin with this prefix are Glance's own.
const RESERVED_PREFIX: &str = "os_glance";

/// The name of a free property: up to 255 characters (code points) without NUL, and neither the
/// name of an [`Attribute`] nor one that Glance reserves.
///
/// ```
/// use image_tags::image::{PropertyName, PropertyNameError};
///
/// assert!("os_distro".parse::<PropertyName>().is_ok());
/// assert_eq!("owner".parse::<PropertyName>(), Err(PropertyNameError::IsAttribute));
/// assert_eq!("os_glance_x".parse::<PropertyName>(), Err(PropertyNameError::Reserved));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct PropertyName(Box<str>);

/// Why a text is not the name of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PropertyNameError {
    /// The name of an [`Attribute`].
    #[error("a property cannot have the name of an attribute")]
    IsAttribute,
    /// A name that Glance reserves.
    #[error("the name is reserved")]
    Reserved,
    /// More than [`PropertyName::MAX_CHARS`] characters.
    #[error(
        "the name of a property has at most {} characters",
        PropertyName::MAX_CHARS
    )]
    TooLong,
    /// A NUL, which PostgreSQL cannot store.
    #[error("the name of a property contains no NUL character")]
    Nul,
}

impl PropertyName {
    /// The longest name in characters (code points).
    pub const MAX_CHARS: usize = MAX_COLUMN_CHARS;

    fn check(text: &str) -> Result<(), PropertyNameError> {
        if Attribute::named(text).is_some() {
            return Err(PropertyNameError::IsAttribute);
        }
        if RESERVED.contains(&text) || text.starts_with(RESERVED_PREFIX) {
            return Err(PropertyNameError::Reserved);
        }
        if is_longer_than(text, Self::MAX_CHARS) {
            return Err(PropertyNameError::TooLong);
        }
        if text.contains('\0') {
            return Err(PropertyNameError::Nul);
        }
        Ok(())
    }
}

text_value!(PropertyName, PropertyNameError);

impl Borrow<str> for PropertyName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

/// The value of a free property: up to 65,535 bytes without NUL.
///
/// ```
/// use image_tags::image::{PropertyValue, PropertyValueError};
///
/// assert!("a".repeat(65_535).parse::<PropertyValue>().is_ok());
/// assert_eq!("a".repeat(65_536).parse::<PropertyValue>(), Err(PropertyValueError::TooLong));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct PropertyValue(Box<str>);

/// Why a text is not the value of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PropertyValueError {
    /// More than [`PropertyValue::MAX_BYTES`] bytes.
    #[error(
        "the value of a property has at most {} bytes",
        PropertyValue::MAX_BYTES
    )]
    TooLong,
    /// A NUL, which PostgreSQL cannot store.
    #[error("the value of a property contains no NUL character")]
    Nul,
}

impl PropertyValue {
    /// The longest value in bytes: what a column of MariaDB's type `TEXT` holds.
    pub const MAX_BYTES: usize = 65_535;

    fn check(text: &str) -> Result<(), PropertyValueError> {
        if text.len() > Self::MAX_BYTES {
            return Err(PropertyValueError::TooLong);
        }
        if text.contains('\0') {
            return Err(PropertyValueError::Nul);
        }
        Ok(())
    }
}

text_value!(PropertyValue, PropertyValueError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_attributes_and_reserved_names_are_refused() {
        for name in ["name", "tags", "id", "schema", "self"] {
            assert_eq!(
                name.parse::<PropertyName>(),
                Err(PropertyNameError::IsAttribute),
                "{name}"
            );
        }
        for name in ["locations", "direct_url", "os_glance_x"] {
            assert_eq!(
                name.parse::<PropertyName>(),
                Err(PropertyNameError::Reserved),
                "{name}"
            );
        }
    }

    #[test]
    fn names_and_values_are_no_longer_than_a_column_and_have_no_nul() {
        assert!("\u{1f600}".repeat(255).parse::<PropertyName>().is_ok());
        assert_eq!(
            "a".repeat(256).parse::<PropertyName>(),
            Err(PropertyNameError::TooLong)
        );
        assert_eq!("\0".parse::<PropertyName>(), Err(PropertyNameError::Nul));
        assert!("a".repeat(65_535).parse::<PropertyValue>().is_ok());
        assert_eq!(
            ["a".repeat(65_536), "\0".to_owned()].map(PropertyValue::try_from),
            [
                Err(PropertyValueError::TooLong),
                Err(PropertyValueError::Nul)
            ]
        );
    }
}

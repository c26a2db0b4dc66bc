//! Names of images.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::text::{MAX_COLUMN_CHARS, is_longer_than, text_value};

/// The name of an image: up to 255 characters (code points) without NUL, the empty one included.
/// Names are not unique.
///
/// ```
/// use image_tags::image::{ImageName, ImageNameError};
///
/// assert_eq!("Debian 12".parse::<ImageName>().unwrap().as_str(), "Debian 12");
/// assert_eq!("a".repeat(256).parse::<ImageName>(), Err(ImageNameError::TooLong));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct ImageName(Arc<str>);

/// Why a text is not the name of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageNameError {
    /// More than [`ImageName::MAX_CHARS`] characters.
    #[error("the name of an image has at most {} characters", ImageName::MAX_CHARS)]
    TooLong,
    /// A NUL, which PostgreSQL cannot store.
    #[error("the name of an image contains no NUL character")]
    Nul,
}

impl ImageName {
    /// The longest name in characters (code points).
    pub const MAX_CHARS: usize = MAX_COLUMN_CHARS;

    fn check(text: &str) -> Result<(), ImageNameError> {
        if text.contains('\0') {
            return Err(ImageNameError::Nul);
        }
        if is_longer_than(text, Self::MAX_CHARS) {
            return Err(ImageNameError::TooLong);
        }
        Ok(())
    }
}

text_value!(ImageName, ImageNameError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_longer_than_a_column_and_has_no_nul() {
        assert!("\u{1f600}".repeat(255).parse::<ImageName>().is_ok());
        assert_eq!(
            "a".repeat(256).parse::<ImageName>(),
            Err(ImageNameError::TooLong)
        );
        assert_eq!("\0".parse::<ImageName>(), Err(ImageNameError::Nul));
    }
}

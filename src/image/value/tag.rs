//! Tags.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::text::{is_longer_than, text_value};

/// A tag: up to 255 characters (code points) without NUL, compared byte by byte. Nothing is trimmed
/// or normalised.
///
/// The empty tag is valid: JSON can set it, though a path cannot name it.
///
/// ```
/// use image_tags::image::{Tag, TagError};
///
/// assert_eq!(" Ubuntu".parse::<Tag>().unwrap().as_str(), " Ubuntu");
/// assert!("é".repeat(255).parse::<Tag>().is_ok());
/// assert_eq!("é".repeat(256).parse::<Tag>(), Err(TagError::TooLong));
/// assert_eq!("a\0".parse::<Tag>(), Err(TagError::Nul));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Tag(Arc<str>);

/// Why a text is not a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TagError {
    /// More than [`Tag::MAX_CHARS`] characters.
    #[error("a tag has at most {} characters", Tag::MAX_CHARS)]
    TooLong,
    /// A NUL, which PostgreSQL cannot store.
    #[error("a tag contains no NUL character")]
    Nul,
}

impl Tag {
    /// The longest tag in characters (code points), from the API document.
    pub const MAX_CHARS: usize = 255;

    fn check(text: &str) -> Result<(), TagError> {
        if text.contains('\0') {
            return Err(TagError::Nul);
        }
        if is_longer_than(text, Self::MAX_CHARS) {
            return Err(TagError::TooLong);
        }
        Ok(())
    }
}

text_value!(Tag, TagError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_counts_characters_not_bytes() {
        for character in ["a", "é", "€", "😀"] {
            assert!(character.repeat(255).parse::<Tag>().is_ok());
            assert_eq!(character.repeat(256).parse::<Tag>(), Err(TagError::TooLong));
        }
    }
}

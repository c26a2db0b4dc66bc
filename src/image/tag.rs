//! A tag.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A tag: up to 255 characters (code points) without NUL, compared byte by byte. Nothing is trimmed or normalised.
///
/// The empty tag is valid: it can be set by JSON, though a path cannot name it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Tag(Arc<str>);

impl Tag {
    /// The most characters (code points) that a tag has, from the API document.
    pub const MAX_CHARS: usize = 255;

    /// The tag as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

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

impl FromStr for Tag {
    type Err = TagError;

    fn from_str(text: &str) -> Result<Self, TagError> {
        if text.contains('\0') {
            return Err(TagError::Nul);
        }
        if text.len() > Self::MAX_CHARS && text.chars().nth(Self::MAX_CHARS).is_some() {
            return Err(TagError::TooLong);
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for Tag {
    type Error = TagError;

    fn try_from(text: String) -> Result<Self, TagError> {
        text.parse()
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

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

//! Ids of images.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The id of an image: a UUID in its 36-character form, in upper or lower case.
///
/// ```
/// use image_tags::image::ImageId;
///
/// let id: ImageId = "82C96579-BA53-4A84-A69A-716382FE0293".parse().unwrap();
/// assert_eq!(id.to_string(), "82c96579-ba53-4a84-a69a-716382fe0293");
/// assert!("82c96579ba534a84a69a716382fe0293".parse::<ImageId>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageId(Uuid);

impl ImageId {
    /// How many bytes the text of an id has.
    pub const LENGTH: usize = 36;

    /// Writes the id into `buffer`, which is faster than `Display`, and returns its text.
    #[must_use]
    pub fn encode(self, buffer: &mut [u8; Self::LENGTH]) -> &str {
        self.0.hyphenated().encode_lower(buffer)
    }

    /// A new random id.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }

    /// The id of no image.
    pub(in crate::image) fn nil() -> Self {
        Self(Uuid::nil())
    }
}

/// A text that is not the id of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an image id is a UUID in its 36-character form")]
pub struct ImageIdError;

impl FromStr for ImageId {
    type Err = ImageIdError;

    /// Accepts the hyphenated form in upper or lower case and no other: no braces, no bare digits,
    /// no blanks.
    fn from_str(text: &str) -> Result<Self, ImageIdError> {
        if text.len() != 36 {
            return Err(ImageIdError);
        }
        Uuid::try_parse(text).map(Self).map_err(|_| ImageIdError)
    }
}

impl TryFrom<String> for ImageId {
    type Error = ImageIdError;

    fn try_from(text: String) -> Result<Self, ImageIdError> {
        text.parse()
    }
}

impl From<ImageId> for String {
    fn from(id: ImageId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for ImageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upper_and_lower_case_are_the_same_id() {
        let id: ImageId = "82C96579-BA53-4A84-A69A-716382FE0293".parse().unwrap();
        assert_eq!(id.to_string(), "82c96579-ba53-4a84-a69a-716382fe0293");
    }

    #[test]
    fn every_other_form_is_refused() {
        for text in [
            "",
            "not-a-uuid",
            "82c96579ba534a84a69a716382fe0293",
            "{82c96579-ba53-4a84-a69a-716382fe0293}",
            "urn:uuid:82c96579-ba53-4a84-a69a-716382fe0293",
            " 82c96579-ba53-4a84-a69a-716382fe0293",
            "82c96579-ba53-4a84-a69a-716382fe02930",
            "82c96579-ba53-4a84-a69a-716382fe029g",
        ] {
            assert_eq!(text.parse::<ImageId>(), Err(ImageIdError), "{text:?}");
        }
    }
}

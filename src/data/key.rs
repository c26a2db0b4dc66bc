//! Under which name the data of an upload is kept.

use std::fmt;
use std::str::FromStr;

use crate::image::{ImageId, UploadId};

/// The name of the data of one upload to one image: the ids of both, with a slash between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DataKey {
    /// The image.
    pub image: ImageId,
    /// The upload.
    pub upload: UploadId,
}

/// A text that is not the name of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name of data has the ids of an image and of an upload")]
pub struct DataKeyError;

impl fmt::Display for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.image, self.upload)
    }
}

impl FromStr for DataKey {
    type Err = DataKeyError;

    /// Accepts what `Display` writes and no other text.
    fn from_str(text: &str) -> Result<Self, DataKeyError> {
        let (image, upload) = text.split_once('/').ok_or(DataKeyError)?;
        let key = Self {
            image: image.parse().map_err(|_| DataKeyError)?,
            upload: upload.parse().map_err(|_| DataKeyError)?,
        };
        if key.to_string() == text {
            Ok(key)
        } else {
            Err(DataKeyError)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_form() {
        let key = DataKey {
            image: ImageId::random(),
            upload: UploadId::random(),
        };
        let text = key.to_string();
        assert_eq!(text.parse(), Ok(key));
        for text in [
            "",
            "a/b",
            &text.to_uppercase(),
            &format!("{text}#1"),
            &text[1..],
        ] {
            assert_eq!(text.parse::<DataKey>(), Err(DataKeyError), "{text:?}");
        }
    }
}

//! Uploads: the ids that tell of which upload an image has the data, and how an import brings it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};
use uuid::Uuid;

use super::text::word_value;

/// The random id of an upload. The data of an image is kept under the id of the image and that of
/// the upload, so that no upload overwrites what another one has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UploadId(Uuid);

impl UploadId {
    /// A new random id.
    #[must_use]
    pub fn random() -> Self {
        Self(Uuid::new_v4())
    }
}

/// A text that is not the id of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the id of an upload is a UUID in its 36-character form, in lower case")]
pub struct UploadIdError;

impl FromStr for UploadId {
    type Err = UploadIdError;

    /// Accepts the form that `Display` writes and no other, since the id is a part of a file name.
    fn from_str(text: &str) -> Result<Self, UploadIdError> {
        let id = Uuid::try_parse(text).map(Self).map_err(|_| UploadIdError)?;
        if id.to_string() == text {
            Ok(id)
        } else {
            Err(UploadIdError)
        }
    }
}

impl TryFrom<String> for UploadId {
    type Error = UploadIdError;

    fn try_from(text: String) -> Result<Self, UploadIdError> {
        text.parse()
    }
}

impl From<UploadId> for String {
    fn from(id: UploadId) -> Self {
        id.to_string()
    }
}

impl fmt::Display for UploadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// How an import brings the data of an image (Glance, "Interoperable image import").
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(
    serialize_all = "kebab-case",
    parse_err_ty = ImportMethodError,
    parse_err_fn = ImportMethodError::new
)]
pub enum ImportMethod {
    /// The client has staged the data.
    GlanceDirect,
    /// The service downloads the data from a URL.
    WebDownload,
}

/// A text that is not a method of import.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not one of glance-direct and web-download")]
pub struct ImportMethodError(String);

word_value!(ImportMethod, ImportMethodError);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_an_upload_has_one_form() {
        let id = UploadId::random();
        assert_eq!(id.to_string().parse(), Ok(id));
        for text in [
            "",
            "..",
            "82c96579ba534a84a69a716382fe0293",
            "82C96579-BA53-4A84-A69A-716382FE0293",
            "82c96579-ba53-4a84-a69a-716382fe0293/",
        ] {
            assert_eq!(text.parse::<UploadId>(), Err(UploadIdError), "{text:?}");
        }
    }
}

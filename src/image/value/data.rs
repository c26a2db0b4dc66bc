//! Size and digests of an image's data.

use serde::{Deserialize, Serialize};

use super::text::{MAX_COLUMN_CHARS, is_longer_than};

/// Sizes and digests of an image's data.
///
/// ```
/// use image_tags::image::{ImageData, ImageDataError};
///
/// let data = ImageData::new(3, "900150983cd24fb0", "ddaf35a193617aba").unwrap();
/// assert_eq!((data.size(), data.checksum()), (3, "900150983cd24fb0"));
/// assert_eq!(ImageData::new(u64::MAX, "", ""), Err(ImageDataError::Size));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct ImageData {
    size: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    virtual_size: Option<i64>,
    checksum: Box<str>,
    sha512: Box<str>,
}

/// The fields as they are written out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    size: u64,
    #[serde(default)]
    virtual_size: Option<u64>,
    checksum: Box<str>,
    sha512: Box<str>,
}

/// Why size and digests do not describe data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageDataError {
    /// A size that does not fit a column of 64 bits with a sign.
    #[error("the size of the data is at most {}", i64::MAX)]
    Size,
    /// A checksum of more than 255 characters, or with a NUL.
    #[error("the checksum has at most 255 characters and no NUL")]
    Checksum,
    /// A SHA-512 digest of more than 255 characters, or with a NUL.
    #[error("the SHA-512 digest has at most 255 characters and no NUL")]
    Sha512,
}

impl ImageData {
    /// The algorithm of [`Self::sha512`] by its name in the API.
    pub const HASH_ALGORITHM: &str = "sha512";

    /// Data of `size` bytes with these digests in hexadecimal.
    pub fn new(
        size: u64,
        checksum: impl Into<Box<str>>,
        sha512: impl Into<Box<str>>,
    ) -> Result<Self, ImageDataError> {
        let size = i64::try_from(size).map_err(|_| ImageDataError::Size)?;
        let (checksum, sha512) = (checksum.into(), sha512.into());
        let is_digest =
            |text: &str| !is_longer_than(text, MAX_COLUMN_CHARS) && !text.contains('\0');
        if !is_digest(&checksum) {
            return Err(ImageDataError::Checksum);
        }
        if !is_digest(&sha512) {
            return Err(ImageDataError::Sha512);
        }
        Ok(Self {
            size,
            virtual_size: None,
            checksum,
            sha512,
        })
    }

    /// The same data, which is a disk of `bytes`.
    pub fn with_virtual_size(self, bytes: Option<u64>) -> Result<Self, ImageDataError> {
        let virtual_size = bytes.map(i64::try_from).transpose();
        Ok(Self {
            virtual_size: virtual_size.map_err(|_| ImageDataError::Size)?,
            ..self
        })
    }

    /// The same data, of which it is not known which disk it describes.
    #[must_use]
    pub fn uninspected(self) -> Self {
        Self {
            virtual_size: None,
            ..self
        }
    }

    /// The size in bytes of the disk that the data describes, if it is known. It is not negative.
    #[must_use]
    pub fn virtual_size(&self) -> Option<i64> {
        self.virtual_size
    }

    /// The size in bytes. It is not negative.
    #[must_use]
    pub fn size(&self) -> i64 {
        self.size
    }

    /// The MD5 digest in hexadecimal, which clients compare with their own.
    #[must_use]
    pub fn checksum(&self) -> &str {
        &self.checksum
    }

    /// The SHA-512 digest in hexadecimal.
    #[must_use]
    pub fn sha512(&self) -> &str {
        &self.sha512
    }
}

impl TryFrom<Unchecked> for ImageData {
    type Error = ImageDataError;

    fn try_from(data: Unchecked) -> Result<Self, ImageDataError> {
        Self::new(data.size, data.checksum, data.sha512)?.with_virtual_size(data.virtual_size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_of_an_older_export_has_no_virtual_size() {
        let data = ImageData::new(3, "a", "b").unwrap();
        let json = serde_json::to_string(&data).unwrap();
        assert_eq!(json, r#"{"size":3,"checksum":"a","sha512":"b"}"#);
        assert_eq!(serde_json::from_str::<ImageData>(&json).unwrap(), data);
        let data = data.with_virtual_size(Some(9)).unwrap();
        let json = serde_json::to_string(&data).unwrap();
        assert_eq!(serde_json::from_str::<ImageData>(&json).unwrap(), data);
        assert!(data.with_virtual_size(Some(u64::MAX)).is_err());
    }

    #[test]
    fn size_and_digests_fit_their_columns() {
        assert!(ImageData::new(u64::MAX >> 1, "a".repeat(255), "").is_ok());
        for text in ["a".repeat(256), "\0".to_owned()] {
            assert_eq!(
                ImageData::new(0, text.as_str(), ""),
                Err(ImageDataError::Checksum)
            );
            assert_eq!(ImageData::new(0, "", text), Err(ImageDataError::Sha512));
        }
    }
}

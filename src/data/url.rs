//! Where data is kept, as a URL.

use std::fmt;
use std::path::PathBuf;

use url::Url;

/// Where data is kept.
///
/// ```
/// use image_tags::data::DataUrl;
///
/// let url = DataUrl::try_from("s3://bucket/images").unwrap();
/// assert_eq!(url.to_string(), "s3://bucket/images");
/// assert!(DataUrl::try_from("ftp://host/images").is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataUrl {
    /// The memory of the process: it is lost at a restart.
    Memory,
    /// A directory.
    File(PathBuf),
    /// A bucket of an S3 service.
    S3 {
        /// The name of the bucket.
        bucket: String,
        /// What the names of all objects start with, without slashes at its ends; empty for none.
        prefix: String,
    },
    /// Nowhere: uploads are measured, hashed and forgotten.
    Discard,
}

/// A text that says nowhere to keep data. It does not contain the text, which may contain a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DataUrlError(&'static str);

const KINDS: DataUrlError =
    DataUrlError("expected memory:, discard:, file:///directory or s3://bucket/prefix");

impl TryFrom<&str> for DataUrl {
    type Error = DataUrlError;

    fn try_from(text: &str) -> Result<Self, DataUrlError> {
        match text {
            "memory:" => return Ok(Self::Memory),
            "discard:" => return Ok(Self::Discard),
            _ => {}
        }
        let url = Url::parse(text).map_err(|_| KINDS)?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(DataUrlError("a URL of data has no query and no fragment"));
        }
        match url.scheme() {
            "file" if text.starts_with("file:///") => url
                .to_file_path()
                .map(Self::File)
                .map_err(|()| DataUrlError("the path of the directory is not valid")),
            "file" => Err(DataUrlError(
                "the path of the directory is absolute: file:///directory",
            )),
            "s3" => s3(&url),
            _ => Err(KINDS),
        }
    }
}

fn s3(url: &Url) -> Result<DataUrl, DataUrlError> {
    if !url.username().is_empty() || url.password().is_some() || url.port().is_some() {
        return Err(DataUrlError(
            "a URL of a bucket has no credentials and no port: see data.access_key_id and data.endpoint",
        ));
    }
    let prefix = url.path().trim_matches('/');
    let is_plain = prefix.split('/').all(|part| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        !matches!(part, "." | "..") && !part.is_empty() && part.bytes().all(is_plain)
    });
    match url.host_str() {
        Some(bucket) if !bucket.is_empty() && (prefix.is_empty() || is_plain) => Ok(DataUrl::S3 {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        }),
        _ => Err(DataUrlError(
            "expected s3://bucket/prefix; a prefix has letters, digits, dots, slashes, _ and -",
        )),
    }
}

impl fmt::Display for DataUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory:"),
            Self::Discard => f.write_str("discard:"),
            Self::File(path) => match Url::from_file_path(path) {
                Ok(url) => url.fmt(f),
                Err(()) => write!(f, "file://{}", path.display()),
            },
            Self::S3 { bucket, prefix } if prefix.is_empty() => write!(f, "s3://{bucket}"),
            Self::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_written_as_it_was_read() {
        for (text, written) in [
            ("memory:", "memory:"),
            ("discard:", "discard:"),
            (
                "file:///var/lib/image%20tags",
                "file:///var/lib/image%20tags",
            ),
            ("s3://bucket", "s3://bucket"),
            ("s3://bucket/", "s3://bucket"),
            ("s3://bucket/a/b/", "s3://bucket/a/b"),
        ] {
            assert_eq!(DataUrl::try_from(text).unwrap().to_string(), written);
        }
        assert_eq!(
            DataUrl::try_from("file:///a%20b"),
            Ok(DataUrl::File("/a b".into()))
        );
    }

    #[test]
    fn other_urls_are_refused_without_being_repeated() {
        for text in [
            "",
            "memory",
            "memory:x",
            "/var/lib",
            "file:relative",
            "file://host/a",
            "file:///a?b",
            "s3:",
            "s3:///a",
            "s3://key:hidden@bucket/a",
            "s3://bucket:1/a",
            "s3://bucket/a b",
            "s3://bucket/a//b",
            "s3://bucket/a?b=hidden",
            "https://hidden/",
        ] {
            let error = DataUrl::try_from(text).unwrap_err().to_string();
            assert!(!error.contains("hidden"), "{error}");
        }
    }
}

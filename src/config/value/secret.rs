//! Secrets: in the configuration, or in a file that it names.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};
use serde::Serializer;

/// Serializes a secret as an empty string.
pub(in crate::config) fn serialize_redacted<S: Serializer>(
    _: &SecretString,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str("")
}

/// Returns `text` unless it is empty.
pub(in crate::config) fn non_empty(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// Reads the file of a key, if the key is set.
pub(in crate::config) fn file(key: &str, path: &Path) -> Result<Option<Vec<u8>>, String> {
    if path.as_os_str().is_empty() {
        return Ok(None);
    }
    std::fs::read(path)
        .map(Some)
        .map_err(|error| format!("{key}: {}: {error}", path.display()))
}

/// Returns the secret from its key or from its file; both at once are an error. Trailing line
/// breaks in the file are ignored.
pub(in crate::config) fn secret(
    key: &str,
    given: &SecretString,
    path: &Path,
) -> Result<SecretString, String> {
    match (
        given.expose_secret().is_empty(),
        file(&format!("{key}_file"), path)?,
    ) {
        (false, None) => Ok(given.clone()),
        (true, Some(bytes)) => match String::from_utf8(bytes) {
            Ok(text) => match text.trim_end_matches(['\r', '\n']) {
                "" => Err(format!("{key}_file: {}: the file is empty", path.display())),
                text => Ok(text.into()),
            },
            Err(_) => Err(format!(
                "{key}_file: {}: the file is not UTF-8",
                path.display()
            )),
        },
        (false, Some(_)) => Err(format!("{key}: must not be set together with {key}_file")),
        (true, None) => Err(format!("{key}: required, here or in {key}_file")),
    }
}

//! Converts `[data]` to the options of the data store.

use std::path::Path;

use secrecy::ExposeSecret;

use super::section::DataConfig;
use crate::config::value::{file, non_empty, secret};
use crate::data::{DataUrl, S3Options};

impl DataConfig {
    /// The options of an S3 service. Reads the files that the section names.
    ///
    /// # Errors
    ///
    /// A message that starts with the key that is missing, invalid, or names an unreadable file.
    pub fn s3_options(&self) -> Result<S3Options, String> {
        let endpoint = non_empty(&self.endpoint);
        let is_http = |url: &String| url.starts_with("http://") || url.starts_with("https://");
        if !endpoint.as_ref().is_none_or(is_http) {
            return Err("endpoint: expected an http or https URL".to_owned());
        }
        let has_secret = !self.secret_access_key.expose_secret().is_empty()
            || !self.secret_access_key_file.as_os_str().is_empty();
        let access_key = match (non_empty(&self.access_key_id), has_secret) {
            (None, false) => None,
            (None, true) => return Err("access_key_id: required with its secret".to_owned()),
            (Some(id), _) => {
                let file = &self.secret_access_key_file;
                let secret = secret("secret_access_key", &self.secret_access_key, file)?;
                Some((id, secret))
            }
        };
        Ok(S3Options {
            endpoint,
            region: non_empty(&self.region),
            access_key,
            ca_certificates: file("cafile", &self.cafile)?,
        })
    }

    /// Checks what can be checked without opening the data store.
    ///
    /// # Errors
    ///
    /// A message that starts with the key that cannot work.
    pub(in crate::config) fn check(&self) -> Result<(), String> {
        match &self.url {
            Some(DataUrl::S3 { .. }) => self.s3_options().map(drop),
            Some(DataUrl::File(directory)) => check_directory(directory),
            Some(DataUrl::Memory | DataUrl::Discard) | None => Ok(()),
        }
    }
}

/// The start creates the directory if the one above it exists.
fn check_directory(directory: &Path) -> Result<(), String> {
    let error = |reason: &str| Err(format!("url: {}: {reason}", directory.display()));
    if directory.is_dir() {
        return Ok(());
    }
    if directory.exists() {
        return error("it is not a directory");
    }
    if directory.parent().is_some_and(Path::is_dir) {
        Ok(())
    } else {
        error("neither the directory nor the one above it exists")
    }
}

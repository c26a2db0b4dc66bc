//! Loads configurations from texts and from variables.

use std::ffi::OsString;
use std::io::Write;

use image_tags::config::{Config, ConfigError};
use tempfile::NamedTempFile;

use crate::support::example;

/// A temporary file with this text.
pub fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// The error of a configuration file with this text. `FILE` stands for its path.
pub fn load_error(text: &str) -> String {
    let file = file(text);
    let error = Config::load(file.path(), [], None).unwrap_err().to_string();
    assert!(!error.contains('\n'), "{error}");
    error.replace(file.path().to_str().unwrap(), "FILE")
}

/// The example configuration with these environment variables.
pub fn with_environment(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let variables = variables
        .iter()
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Config::load(example(), variables, None)
}

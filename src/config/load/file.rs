//! Loads a [`Config`]: parses the file, overlays the environment and the command line, reads the
//! password of the database, validates, reads the policy file.

use std::ffi::OsString;
use std::path::Path;

use super::environment::{PREFIX, set};
use super::parse_error::message;
use crate::config::error::ConfigError;
use crate::config::root::Config;
use crate::config::value::Listen;

impl Config {
    /// Loads the file at `path`, overlays it with the variables of `environment` and then with
    /// `listen` from the command line, and validates the result.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the first place that is wrong.
    pub fn load(
        path: &Path,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        listen: Option<Listen>,
    ) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::File {
            path: path.into(),
            source,
        })?;
        let mut config: Self = toml::from_str(&text).map_err(|error| {
            let line = error
                .span()
                .map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            ConfigError::Text {
                path: path.into(),
                line,
                message: message(&error),
            }
        })?;
        let mut table: toml::Table = toml::from_str(&text).unwrap_or_default();
        for (variable, value) in environment {
            let Some((variable, key)) = variable
                .to_str()
                .and_then(|variable| Some((variable, variable.strip_prefix(PREFIX)?)))
            else {
                continue;
            };
            config = value
                .to_str()
                .ok_or_else(|| "the value is not UTF-8".to_owned())
                .and_then(|value| set(&mut table, key, value))
                .and_then(|()| table.clone().try_into().map_err(|error| message(&error)))
                .map_err(|message| ConfigError::Environment {
                    variable: variable.to_owned(),
                    message,
                })?;
        }
        if let Some(listen) = listen {
            config.server.listen = listen;
        }
        let completed = config.store.read_password();
        completed.map_err(|error| ConfigError::Value(format!("store.{error}")))?;
        config.validate()?;
        config.policy.read().map_err(ConfigError::Value)?;
        Ok(config)
    }
}

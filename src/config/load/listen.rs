//! Finds the address of the running service for its health check, even in a configuration that is
//! invalid otherwise.
//!
//! The running service was started with a valid configuration. An edit of the file after that must
//! not make the health check fail.

use std::ffi::OsString;
use std::path::Path;

use toml::de::DeTable;

use super::environment::PREFIX;
use super::parse_error::message;
use crate::config::error::ConfigError;
use crate::config::section::ServerConfig;
use crate::config::value::Listen;

/// The address on which the service most likely listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenAddress {
    /// The address.
    pub address: Listen,
    /// Why the service may listen on another address.
    pub warning: Option<String>,
}

impl ListenAddress {
    /// Finds the address: `listen` from the command line, or the variable in `environment`, or the
    /// key in the file at `path`, or the default if the file has no usable address.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Environment`] if the variable is not an address.
    pub fn find(
        path: &Path,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        listen: Option<Listen>,
    ) -> Result<Self, ConfigError> {
        if let Some(address) = listen {
            return Ok(Self {
                address,
                warning: None,
            });
        }
        let is_listen = |variable: &str| {
            variable
                .strip_prefix(PREFIX)
                .is_some_and(|key| key.eq_ignore_ascii_case("SERVER__LISTEN"))
        };
        let mut variables = environment
            .into_iter()
            .filter_map(|(variable, value)| Some((variable.into_string().ok()?, value)));
        match variables.find(|(variable, _)| is_listen(variable)) {
            None => Ok(Self::from_file(path)),
            Some((variable, value)) => match value.to_string_lossy().parse() {
                Ok(address) => Ok(Self {
                    address,
                    warning: None,
                }),
                Err(error) => Err(ConfigError::Environment {
                    variable,
                    message: format!("{error}"),
                }),
            },
        }
    }

    fn from_file(path: &Path) -> Self {
        let default = ServerConfig::default().listen;
        let (address, warning) = match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text),
            Err(error) => (None, Some(error.to_string())),
        };
        let address = address.unwrap_or(default);
        let warning =
            warning.map(|warning| format!("{}: {warning}; asking {address}", path.display()));
        Self { address, warning }
    }

    /// Reads the address from `text`, if it has one, and reports what is wrong with `text`.
    fn parse(text: &str) -> (Option<Listen>, Option<String>) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let warning = errors.first().map(message);
        let server = table
            .get_ref()
            .get("server")
            .and_then(|server| server.get_ref().as_table());
        match server
            .and_then(|server| server.get("listen"))
            .map(|listen| listen.get_ref().as_str().map(str::parse))
        {
            None => (None, warning),
            Some(Some(Ok(address))) => (Some(address), warning),
            Some(_) => (None, Some("server.listen is not an address".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> (Option<String>, bool) {
        let (address, warning) = ListenAddress::parse(text);
        (
            address.map(|address| address.to_string()),
            warning.is_some(),
        )
    }

    #[test]
    fn the_address_is_found_in_a_half_edited_file() {
        let server = "[server]\nlisten = \"127.0.0.1:1234\"\n";
        for (text, has_warning) in [
            (server.to_owned(), false),
            (
                format!("{server}[stor]\nurl = 1\n[[images]]\nid = 2\n"),
                false,
            ),
            (format!("{server}[store\nurl = \"sqlite:x\"\n"), true),
            (
                format!("{server}[store]\nurl = \"sqlite:x\nconnections = = 3\n"),
                true,
            ),
            (format!("[store]\nurl = \n{server}"), true),
            (format!("[store\nurl = \"x\"\n{server}"), true),
            (format!("{server}<<<<<<< HEAD\n=======\n"), true),
        ] {
            assert_eq!(
                parse(&text),
                (Some("127.0.0.1:1234".to_owned()), has_warning),
                "{text}"
            );
        }
    }

    #[test]
    fn a_file_without_an_address_leaves_the_default() {
        for (text, has_warning) in [
            ("", false),
            ("[server]\n", false),
            ("server = 1", false),
            ("[server]\nlisten = 1", true),
            ("[[", true),
        ] {
            assert_eq!(parse(text), (None, has_warning), "{text}");
        }
    }
}

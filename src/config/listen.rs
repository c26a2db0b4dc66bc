//! The address of the service, for its health check: found also when the rest of the configuration is not in order.
//!
//! A service that runs has been started with a configuration that was. What somebody does to the file afterwards must not make
//! it look unhealthy.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::Path;

use toml::de::DeTable;

use super::load::{PREFIX, fault};
use super::{ConfigError, Server};

/// Where the service listens, as far as one can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The address.
    pub address: SocketAddr,
    /// Why it may be another one.
    pub doubt: Option<String>,
}

impl Listen {
    /// The address of the command line; else that of `environment`; else what the file at `path` says, and if that says
    /// nothing that can be understood, the default.
    pub fn find(
        path: &Path,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
        listen: Option<SocketAddr>,
    ) -> Result<Self, ConfigError> {
        if let Some(address) = listen {
            return Ok(Self {
                address,
                doubt: None,
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
            None => Ok(Self::of_file(path)),
            Some((variable, value)) => match value.to_string_lossy().parse() {
                Ok(address) => Ok(Self {
                    address,
                    doubt: None,
                }),
                Err(error) => Err(ConfigError::Environment {
                    variable,
                    message: format!("{error}"),
                }),
            },
        }
    }

    fn of_file(path: &Path) -> Self {
        let default = Server::default().listen;
        let (address, doubt) = match std::fs::read_to_string(path) {
            Ok(text) => Self::of_text(&text),
            Err(error) => (None, Some(error.to_string())),
        };
        let address = address.unwrap_or(default);
        let doubt = doubt.map(|doubt| format!("{}: {doubt}; asking {address}", path.display()));
        Self { address, doubt }
    }

    /// What `text` says, if it says something, and what is wrong with it.
    fn of_text(text: &str) -> (Option<SocketAddr>, Option<String>) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let doubt = errors.first().map(fault);
        let server = table
            .get_ref()
            .get("server")
            .and_then(|server| server.get_ref().as_table());
        match server
            .and_then(|server| server.get("listen"))
            .map(|listen| listen.get_ref().as_str().map(str::parse))
        {
            None => (None, doubt),
            Some(Some(Ok(address))) => (Some(address), doubt),
            Some(_) => (None, Some("server.listen is not an address".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_text(text: &str) -> (Option<String>, bool) {
        let (address, doubt) = Listen::of_text(text);
        (address.map(|address| address.to_string()), doubt.is_some())
    }

    #[test]
    fn the_address_is_found_in_a_file_that_is_half_edited() {
        let server = "[server]\nlisten = \"127.0.0.1:1234\"\n";
        for (text, has_doubt) in [
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
                of_text(&text),
                (Some("127.0.0.1:1234".to_owned()), has_doubt),
                "{text}"
            );
        }
    }

    #[test]
    fn a_file_that_says_nothing_of_it_leaves_the_default() {
        for (text, has_doubt) in [
            ("", false),
            ("[server]\n", false),
            ("server = 1", false),
            ("[server]\nlisten = 1", true),
            ("[[", true),
        ] {
            assert_eq!(of_text(text), (None, has_doubt), "{text}");
        }
    }
}

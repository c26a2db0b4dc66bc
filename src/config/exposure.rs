//! Refuses weak credentials in a service that is reachable over a network.
//!
//! A credential is weak if it is short, or if it is published in [`EXAMPLE`].

use axum::http::Uri;
use secrecy::ExposeSecret;

use super::auth::AuthMode;
use super::error::ConfigError;
use super::root::Config;
use super::value::Listen;
use crate::net::is_loopback;

/// The text of `config.example.toml`, which documents every key and its default. Its credentials
/// are public.
pub const EXAMPLE: &str = include_str!("../../config.example.toml");

/// Minimum length in characters of a token or password that cannot be guessed.
const MIN_SAFE_CHARS: usize = 16;

/// Why a credential is weak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weakness {
    Short,
    Example,
}

impl Config {
    /// The keys of the credentials in use that are published in [`EXAMPLE`].
    #[must_use]
    pub fn example_credentials(&self) -> Vec<String> {
        let examples = self
            .weak_credentials()
            .into_iter()
            .filter(|(_, weakness)| *weakness == Weakness::Example);
        examples.map(|(key, _)| key).collect()
    }

    /// The same configuration with another address, that of a listening socket which was handed
    /// over.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Unsafe`] if it has weak credentials and the address is not local.
    pub fn listening_on(mut self, listen: Listen) -> Result<Self, ConfigError> {
        self.server.listen = listen;
        self.check_credentials()?;
        Ok(self)
    }

    /// Refuses weak credentials in a service that is reachable from other machines, unless
    /// `auth.development` is set.
    pub(super) fn check_credentials(&self) -> Result<(), ConfigError> {
        let Some(exposed) = self.exposure().filter(|_| !self.auth.development) else {
            return Ok(());
        };
        let Some((key, weakness)) = self.weak_credentials().into_iter().next() else {
            return Ok(());
        };
        let reason = match weakness {
            Weakness::Short => format!("has fewer than {MIN_SAFE_CHARS} characters"),
            Weakness::Example => "is a credential of the example configuration".to_owned(),
        };
        Err(ConfigError::Unsafe(format!(
            "{key} {reason}, and {exposed}; replace it, or set auth.development = true"
        )))
    }

    /// Why the service is reachable from other machines: by its own address, its public host name
    /// or a proxy. `None` if it is not.
    fn exposure(&self) -> Option<String> {
        let server = &self.server;
        let endpoint = server.public_endpoint.parse::<Uri>().ok();
        let public_host = endpoint
            .as_ref()
            .and_then(Uri::host)
            .filter(|host| !is_loopback(host));
        if !server.listen.is_local() {
            Some(format!(
                "server.listen, {}, is not a loopback address",
                server.listen
            ))
        } else if let Some(host) = public_host {
            Some(format!(
                "the host of server.public_endpoint, {host}, is not loopback"
            ))
        } else if !server.trusted_proxies.is_empty() {
            Some("server.trusted_proxies is not empty".to_owned())
        } else {
            None
        }
    }

    /// The weak credentials in use: the key of each, and why it is weak.
    fn weak_credentials(&self) -> Vec<(String, Weakness)> {
        let tokens = match self.auth.mode {
            AuthMode::Static => self.auth.tokens.as_slice(),
            AuthMode::Keystone => &[],
        };
        let tokens = tokens.iter().enumerate().map(|(index, entry)| {
            (
                format!("auth.tokens[{index}] (user {:?})", entry.identity.user),
                weakness(entry.token.expose()),
            )
        });
        let users = if self.identity.enabled {
            self.identity.users()
        } else {
            Vec::new()
        };
        let passwords = users.iter().map(|user| {
            (
                format!("identity.users ({:?}): the password", user.name),
                weakness(user.password.expose_secret()),
            )
        });
        tokens
            .chain(passwords)
            .filter_map(|(key, weakness)| Some((key, weakness?)))
            .collect()
    }
}

fn weakness(secret: &str) -> Option<Weakness> {
    if secret.chars().count() < MIN_SAFE_CHARS {
        Some(Weakness::Short)
    } else if EXAMPLE.contains(&format!("\"{secret}\"")) {
        Some(Weakness::Example)
    } else {
        None
    }
}

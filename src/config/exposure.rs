//! Whether others than this machine can reach the service, and which credentials must not meet them.

use axum::http::Uri;
use secrecy::ExposeSecret;

use super::{AuthMode, Config, ConfigError, StaticToken};
use crate::net::is_loopback;

/// The text of `config.example.toml`. Its credentials are public.
pub const EXAMPLE: &str = include_str!("../../config.example.toml");

/// A token or a password with fewer characters can be guessed.
const SAFE_CHARS: usize = 16;

/// What makes a credential unfit for a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weakness {
    Short,
    Example,
}

impl Config {
    /// Where the credentials of the example stand that are in use.
    #[must_use]
    pub fn example_credentials(&self) -> Vec<String> {
        let examples = self
            .weak_credentials()
            .into_iter()
            .filter(|(_, weakness)| *weakness == Weakness::Example);
        examples.map(|(place, _)| place).collect()
    }

    /// Refuses credentials that are known or can be guessed where somebody else could use them.
    pub(super) fn check_credentials(&self) -> Result<(), ConfigError> {
        let Some(exposed) = self.exposure().filter(|_| !self.auth.development) else {
            return Ok(());
        };
        let Some((place, weakness)) = self.weak_credentials().into_iter().next() else {
            return Ok(());
        };
        let weakness = match weakness {
            Weakness::Short => format!("has fewer than {SAFE_CHARS} characters"),
            Weakness::Example => "is one of the example configuration".to_owned(),
        };
        Err(ConfigError::Unsafe(format!(
            "{place} {weakness}, and {exposed}; make a new one, or set auth.development = true"
        )))
    }

    /// What makes the service reachable from elsewhere: its address, or a proxy, which has one.
    fn exposure(&self) -> Option<String> {
        let server = &self.server;
        let endpoint = server.public_endpoint.parse::<Uri>().ok();
        let public_host = endpoint
            .as_ref()
            .and_then(Uri::host)
            .filter(|host| !is_loopback(host));
        if !is_loopback(&server.listen.ip().to_string()) {
            Some(format!(
                "server.listen, {}, is not a loopback address",
                server.listen
            ))
        } else if let Some(host) = public_host {
            Some(format!(
                "the host of server.public_endpoint, {host}, is not loopback"
            ))
        } else if !server.trusted_proxies.is_empty() {
            Some("server.trusted_proxies names a proxy".to_owned())
        } else {
            None
        }
    }

    /// The credentials in use that are known or can be guessed: where each stands, and what is wrong with it.
    fn weak_credentials(&self) -> Vec<(String, Weakness)> {
        let tokens = match self.auth.mode {
            AuthMode::Static => self.auth.tokens.as_slice(),
            AuthMode::Keystone => &[],
        };
        let tokens = tokens.iter().enumerate().map(
            |(
                index,
                StaticToken {
                    identity, token, ..
                },
            )| {
                (
                    format!("auth.tokens[{index}] (user {:?})", identity.user),
                    weakness(token.expose()),
                )
            },
        );
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
            .filter_map(|(place, weakness)| Some((place, weakness?)))
            .collect()
    }
}

fn weakness(secret: &str) -> Option<Weakness> {
    if secret.chars().count() < SAFE_CHARS {
        Some(Weakness::Short)
    } else if EXAMPLE.contains(&format!("\"{secret}\"")) {
        Some(Weakness::Example)
    } else {
        None
    }
}

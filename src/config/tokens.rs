//! `[[auth.tokens]]`: the table of static tokens, and which of them must not meet a network.

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::{Config, ConfigError};
use crate::auth::Token;
use crate::identity::{Identity, ProjectId, Role};

/// The example configuration. Everybody knows its credentials.
const EXAMPLE: &str = include_str!("../../config.example.toml");

/// A token or a password with fewer characters can be guessed.
const SAFE_CHARS: usize = 16;

/// An entry of `[[auth.tokens]]`.
#[derive(Clone, Debug)]
pub struct StaticToken {
    /// The token.
    pub token: Token,
    /// Whom it stands for.
    pub identity: Identity,
    /// The names of the roles, those that do not count among them.
    pub roles: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    token: SecretString,
    user: String,
    project: Option<ProjectId>,
    #[serde(default)]
    roles: Vec<String>,
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<StaticToken>, D::Error> {
    let entries = Vec::<Entry>::deserialize(deserializer)?;
    let mut tokens: Vec<StaticToken> = Vec::with_capacity(entries.len());
    for (index, entry) in entries.into_iter().enumerate() {
        let fault = |what: &str| Err(D::Error::custom(format!("auth.tokens[{index}] (user {:?}): {what}", entry.user)));
        let Some(token) = Token::new(entry.token.expose_secret().as_bytes()) else {
            return fault("a token is 1 to 8192 visible ASCII characters");
        };
        if entry.project.as_ref().is_some_and(|project| project.as_str().is_empty()) {
            return fault("the id of a project is not empty");
        }
        if tokens.iter().any(|other| other.token.expose() == token.expose()) {
            return fault("the token is in the table already");
        }
        let role = Role::strongest(entry.roles.iter().map(String::as_str));
        let identity = Identity { user: entry.user, project: entry.project, role };
        tokens.push(StaticToken { token, identity, roles: entry.roles });
    }
    Ok(tokens)
}

/// Refuses credentials that are known or can be guessed where somebody else could use them.
pub(super) fn check_safety(config: &Config) -> Result<(), ConfigError> {
    if config.server.listen.ip().is_loopback() || config.auth.development {
        return Ok(());
    }
    let tokens = config.auth.tokens.iter().enumerate().map(|(index, StaticToken { identity, token, .. })| {
        (format!("auth.tokens[{index}] (user {:?})", identity.user), weakness(token.expose()))
    });
    let users = if config.identity.enabled { config.identity.users() } else { Vec::new() };
    let passwords = users.iter().map(|user| {
        (format!("identity.users ({:?}): the password", user.name), weakness(user.password.expose_secret()))
    });
    match tokens.chain(passwords).find_map(|(place, weakness)| Some((place, weakness?))) {
        None => Ok(()),
        Some((place, weakness)) => Err(ConfigError::Unsafe(format!(
            "{place} {weakness}, and {} is not a loopback address; make a new one, or set auth.development = true",
            config.server.listen
        ))),
    }
}

/// What makes a token or a password unfit for a network, if anything does.
fn weakness(secret: &str) -> Option<String> {
    if secret.chars().count() < SAFE_CHARS {
        Some(format!("has fewer than {SAFE_CHARS} characters"))
    } else if EXAMPLE.contains(&format!("\"{secret}\"")) {
        Some("is one of the example configuration".to_owned())
    } else {
        None
    }
}

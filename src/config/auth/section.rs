//! `[auth]`: how requests are authenticated.

use serde::{Deserialize, Serialize};

use super::keystone::KeystoneConfig;
use super::static_tokens::{self, StaticToken};
use crate::auth::{Grant, Token};

/// `[auth]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthConfig {
    /// How tokens are validated.
    pub mode: AuthMode,
    /// Allows example credentials and short ones in a service that is reachable over a network.
    pub development: bool,
    /// The URL in the `WWW-Authenticate` header of a 401 in mode `static`: where a client gets a
    /// token.
    pub www_authenticate_uri: String,
    /// `[auth.keystone]`: the Keystone of mode `keystone`.
    pub keystone: KeystoneConfig,
    /// `[[auth.tokens]]`: the tokens of mode `static`.
    #[serde(deserialize_with = "static_tokens::deserialize", skip_serializing)]
    pub tokens: Vec<StaticToken>,
}

/// How tokens are validated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthMode {
    /// By the table `[[auth.tokens]]` and the embedded identity.
    Static,
    /// By the Keystone of `[auth.keystone]`.
    Keystone,
}

impl Default for AuthConfig {
    fn default() -> Self {
        Self {
            mode: AuthMode::Static,
            development: false,
            www_authenticate_uri: "http://127.0.0.1:5000".to_owned(),
            keystone: KeystoneConfig::default(),
            tokens: Vec::new(),
        }
    }
}

impl AuthConfig {
    /// The static tokens and their grants.
    pub fn grants(&self) -> impl Iterator<Item = (Token, Grant)> {
        let grant = |entry: &StaticToken| {
            Grant::without_expiry(entry.identity.clone(), entry.roles.clone())
        };
        self.tokens
            .iter()
            .map(move |entry| (entry.token.clone(), grant(entry)))
    }

    /// The URL in the `WWW-Authenticate` header of a 401: where a client gets a token.
    #[must_use]
    pub fn challenge(&self) -> &str {
        match self.mode {
            AuthMode::Static => &self.www_authenticate_uri,
            AuthMode::Keystone if self.keystone.www_authenticate_uri.is_empty() => {
                &self.keystone.auth_url
            }
            AuthMode::Keystone => &self.keystone.www_authenticate_uri,
        }
    }
}

//! `[auth]`: who knows the tokens.

use serde::{Deserialize, Serialize};

use super::{Keystone, StaticToken, tokens};
use crate::auth::{Grant, Token};

/// `[auth]`
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Auth {
    /// Who knows the tokens.
    pub mode: AuthMode,
    /// Allows example credentials and short tokens on a network.
    pub development: bool,
    /// Where a client gets a token in mode `static`, for the `WWW-Authenticate` header.
    pub www_authenticate_uri: String,
    /// The Keystone of mode `keystone`.
    pub keystone: Keystone,
    /// The tokens of mode `static`.
    #[serde(deserialize_with = "tokens::deserialize", skip_serializing)]
    pub tokens: Vec<StaticToken>,
}

/// Who knows the tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AuthMode {
    /// The table `[[auth.tokens]]`.
    Static,
    /// The Keystone of `[auth.keystone]`.
    Keystone,
}

impl Default for Auth {
    fn default() -> Self {
        Self {
            mode: AuthMode::Static,
            development: false,
            www_authenticate_uri: "http://127.0.0.1:5000".to_owned(),
            keystone: Keystone::default(),
            tokens: Vec::new(),
        }
    }
}

impl Auth {
    /// The static tokens, and what each was given for.
    pub fn grants(&self) -> impl Iterator<Item = (Token, Grant)> {
        let grant =
            |entry: &StaticToken| Grant::lasting(entry.identity.clone(), entry.roles.clone());
        self.tokens
            .iter()
            .map(move |entry| (entry.token.clone(), grant(entry)))
    }

    /// Where a client gets a token, for the `WWW-Authenticate` header.
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

    /// What is wrong with the way to authenticate. Tokens that nobody would ask for are a mistake, not a reserve.
    pub(super) fn check(&self, has_identity: bool) -> Result<(), String> {
        if self.mode == AuthMode::Static {
            return Ok(());
        }
        if has_identity {
            return Err(
                "identity.enabled: the embedded identity needs auth.mode = \"static\"".to_owned(),
            );
        }
        if !self.tokens.is_empty() {
            return Err("auth.tokens: they need auth.mode = \"static\"".to_owned());
        }
        self.keystone
            .options()
            .map(drop)
            .map_err(|fault| format!("auth.keystone.{fault}"))
    }
}

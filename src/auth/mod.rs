//! How a token becomes an [`Identity`]: one trait, one file per way of doing it.

mod digest;
mod directory;
mod keystone;
mod tokens;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};

pub use digest::{TokenDigest, TokenKey};
pub use directory::{Directory, LoginError, Project, User, UserRef};
pub use keystone::{Credential, EntityRef, Keystone, KeystoneFault, KeystoneOptions, NoClient};
pub use tokens::{Grant, TokenTable, TooManyTokens};

use crate::identity::Identity;

/// A token as a client sent it: 1 to 8,192 visible ASCII characters. Never shown, never logged.
#[derive(Clone, Debug)]
pub struct Token(SecretString);

impl Token {
    /// The longest token there is. Keystone's are below 300 characters, old PKI ones went up to this.
    pub const MAX_CHARS: usize = 8192;

    /// The token in `text`; `None` if no token looks like this.
    #[must_use]
    pub fn new(text: &[u8]) -> Option<Self> {
        let plausible =
            (1..=Self::MAX_CHARS).contains(&text.len()) && text.iter().all(u8::is_ascii_graphic);
        let text = std::str::from_utf8(text).ok().filter(|_| plausible)?;
        Some(Self(text.into()))
    }

    /// The token in clear.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// Turns tokens into identities.
#[async_trait]
pub trait Authenticator: fmt::Debug + Send + Sync + 'static {
    /// Whom `token` stands for; `None` if it is unknown, expired or revoked. It came from the address `client`, if that is
    /// known: an authenticator that can do only so much at once shares it between clients.
    async fn authenticate(
        &self,
        token: &Token,
        client: Option<IpAddr>,
    ) -> Result<Option<Arc<Identity>>, AuthError>;
}

/// The identity service cannot be asked. Says nothing about the token.
#[derive(Debug, thiserror::Error)]
#[error("the identity service is not available")]
pub struct AuthError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_1_to_8192_visible_ascii_characters() {
        assert!(Token::new(b"x").is_some());
        assert!(Token::new(&[b'x'; 8192]).is_some());
        for text in [&b""[..], b"a b", b"a\t", b"\xC3\xA9", &[b'x'; 8193]] {
            assert!(Token::new(text).is_none());
        }
    }

    #[test]
    fn a_token_does_not_show_in_debug_output() {
        let token = Token::new(b"0c3a50a694f44b748abd8e0660ecbd45").unwrap();
        assert!(!format!("{token:?}").contains("0c3a50"));
    }
}

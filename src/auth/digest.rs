//! Tokens are looked up by a keyed digest: nothing secret is kept in clear, and how long a look-up takes says nothing
//! about how much of a token was right.

use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Token;

/// The key under which digests are made: random, made at start, never stored.
#[derive(Clone)]
pub struct TokenKey(Hmac<Sha256>);

/// The HMAC-SHA-256 of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenDigest([u8; 32]);

impl TokenKey {
    /// A new random key, from the operating system.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut key = Key::<Hmac<Sha256>>::default();
        getrandom::fill(&mut key)?;
        Ok(Self(Hmac::new(&key)))
    }

    /// The digest of `token` under this key.
    #[must_use]
    pub fn digest(&self, token: &Token) -> TokenDigest {
        self.digest_bytes(token.expose().as_bytes())
    }

    /// The digest of another secret under this key.
    pub(super) fn digest_bytes(&self, secret: &[u8]) -> TokenDigest {
        TokenDigest(
            self.0
                .clone()
                .chain_update(secret)
                .finalize()
                .into_bytes()
                .into(),
        )
    }
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey")
    }
}

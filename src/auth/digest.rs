//! Keyed digests of tokens and passwords.
//!
//! Tables of secrets are indexed by digest, so that no secret is stored in clear text and the
//! duration of a look-up does not depend on how many characters of a guess are right.

use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::token::Token;

/// The key of the digests: random, generated at start, never stored.
#[derive(Clone)]
pub struct TokenKey(Hmac<Sha256>);

/// The HMAC-SHA-256 of a token or password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenDigest([u8; 32]);

impl TokenKey {
    /// Generates a key from the random numbers of the operating system.
    ///
    /// # Errors
    ///
    /// [`getrandom::Error`] if the operating system provides none.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut key = Key::<Hmac<Sha256>>::default();
        getrandom::fill(&mut key)?;
        Ok(Self(Hmac::new(&key)))
    }

    /// Returns the digest of `token` under this key.
    #[must_use]
    pub fn digest(&self, token: &Token) -> TokenDigest {
        self.digest_bytes(token.expose().as_bytes())
    }

    /// Returns the digest of any other secret under this key.
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

//! Keyed digests of tokens and passwords.
//!
//! Tables of secrets are indexed by digest, so that no secret is stored in clear text and the
//! duration of a look-up does not depend on how many characters of a guess are right.

use std::hash::{Hash, Hasher};

use super::token::Token;

/// The key of the digests: random, generated at start, never stored.
#[derive(Clone)]
pub struct TokenKey([u8; blake3::KEY_LEN]);

/// The keyed BLAKE3 hash of a token or password. Two of them compare in constant time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenDigest(blake3::Hash);

impl TokenKey {
    /// Generates a key from the random numbers of the operating system.
    ///
    /// # Errors
    ///
    /// [`getrandom::Error`] if the operating system provides none.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut key = [0; blake3::KEY_LEN];
        getrandom::fill(&mut key)?;
        Ok(Self(key))
    }

    /// Returns the digest of `token` under this key.
    #[must_use]
    pub fn digest(&self, token: &Token) -> TokenDigest {
        self.digest_bytes(token.expose().as_bytes())
    }

    /// Returns the digest of any other secret under this key.
    pub(super) fn digest_bytes(&self, secret: &[u8]) -> TokenDigest {
        TokenDigest(blake3::keyed_hash(&self.0, secret))
    }
}

impl Hash for TokenDigest {
    /// Eight bytes of a digest are as random as all of them.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(&self.0.as_bytes()[..8]);
    }
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey")
    }
}

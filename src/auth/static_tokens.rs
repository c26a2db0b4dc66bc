//! Tokens from a fixed table, which the configuration holds.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;

use super::{AuthError, Authenticator, Token, TokenDigest, TokenKey};
use crate::identity::Identity;

/// A fixed table of tokens.
#[derive(Debug)]
pub struct StaticTokens {
    key: TokenKey,
    identities: HashMap<TokenDigest, Arc<Identity>>,
}

impl StaticTokens {
    /// The table of `tokens`.
    pub fn new(tokens: impl IntoIterator<Item = (Token, Identity)>) -> Result<Self, getrandom::Error> {
        let key = TokenKey::random()?;
        let entry = |(token, identity)| (key.digest(&token), Arc::new(identity));
        let identities = tokens.into_iter().map(entry).collect();
        Ok(Self { key, identities })
    }
}

#[async_trait]
impl Authenticator for StaticTokens {
    async fn authenticate(&self, token: &Token) -> Result<Option<Arc<Identity>>, AuthError> {
        Ok(self.identities.get(&self.key.digest(token)).cloned())
    }
}

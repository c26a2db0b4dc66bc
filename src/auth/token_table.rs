//! The in-memory token table: static tokens of the configuration and tokens issued by the embedded
//! identity.
//!
//! The table is indexed by digest and bounded, and its content is lost when the process ends.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use jiff::Timestamp;

use super::authenticator::{AuthError, Authenticator};
use super::digest::{TokenDigest, TokenKey};
use super::token::Token;
use crate::identity::{Identity, ProjectId};

/// Maximum number of tokens in the table. One token takes a few hundred bytes, most
/// of them for the names of its roles, which the configuration bounds.
const MAX_TOKENS: usize = 100_000;

/// Number of additions after which expired tokens are removed.
const ADDITIONS_PER_PURGE: usize = 1000;

/// What a token grants: everything that the Identity API shows about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The identity that the token stands for.
    pub identity: Arc<Identity>,
    /// The name of the user.
    pub user_name: String,
    /// The id and the name of the project.
    pub project: Option<(ProjectId, String)>,
    /// The names of the roles in the project.
    pub roles: Vec<String>,
    /// The authentication methods that the token was issued for: `password`, `token`.
    pub methods: Vec<String>,
    /// When the token was issued.
    pub issued_at: Timestamp,
    /// When the token expires; `None` for a static token, which does not expire.
    pub expires_at: Option<Timestamp>,
    /// Public identifiers for logs and audits: of the token and, if it was issued for another one,
    /// of the login that the chain of tokens began with.
    pub audit_ids: Vec<String>,
}

impl Grant {
    /// Creates the grant of a static token, which does not expire.
    #[must_use]
    pub fn without_expiry(identity: Identity, roles: Vec<String>) -> Self {
        Self {
            user_name: identity.user.clone(),
            project: identity
                .project
                .clone()
                .map(|project| (project.clone(), project.to_string())),
            roles,
            methods: vec!["token".to_owned()],
            issued_at: Timestamp::now(),
            expires_at: None,
            audit_ids: vec![identity.user.clone()],
            identity: Arc::new(identity),
        }
    }

    fn is_valid(&self) -> bool {
        self.expires_at
            .is_none_or(|expires_at| Timestamp::now() < expires_at)
    }
}

/// Why a token was not added.
#[derive(Debug, thiserror::Error)]
pub enum AddTokenError {
    /// The table is full.
    #[error("the table has {MAX_TOKENS} tokens that have not expired")]
    TooMany,
    /// The table is for other users by now.
    #[error("the users have changed since the login began")]
    Outdated,
}

/// A bounded table of tokens and what each grants.
#[derive(Debug)]
pub struct TokenTable {
    key: TokenKey,
    grants: RwLock<Grants>,
}

#[derive(Debug, Default)]
struct Grants {
    by_digest: HashMap<TokenDigest, Arc<Grant>>,
    /// Number of additions since expired tokens were last removed, failed additions included.
    additions_since_purge: usize,
    /// How often the tokens were replaced.
    generation: u64,
}

impl TokenTable {
    /// Creates a table that contains `tokens`.
    ///
    /// # Errors
    ///
    /// [`getrandom::Error`] if the operating system provides no random numbers.
    pub fn new(tokens: impl IntoIterator<Item = (Token, Grant)>) -> Result<Self, getrandom::Error> {
        let key = TokenKey::random()?;
        let by_digest = by_digest(&key, tokens).collect();
        Ok(Self {
            key,
            grants: RwLock::new(Grants {
                by_digest,
                additions_since_purge: 0,
                generation: 0,
            }),
        })
    }

    /// Returns the grant of `token`, or `None` if the token is unknown, expired or revoked.
    #[must_use]
    pub fn grant(&self, token: &Token) -> Option<Arc<Grant>> {
        self.find(token, Arc::clone)
    }

    /// What `read` takes of the grant of `token`, if the token is valid.
    fn find<T>(&self, token: &Token, read: impl FnOnce(&Arc<Grant>) -> T) -> Option<T> {
        let digest = self.key.digest(token);
        let grants = self.grants.read().unwrap_or_else(PoisonError::into_inner);
        let grant = grants.by_digest.get(&digest);
        grant.filter(|grant| grant.is_valid()).map(read)
    }

    /// How often the tokens were [replaced](Self::replace).
    #[must_use]
    pub fn generation(&self) -> u64 {
        let grants = self.grants.read().unwrap_or_else(PoisonError::into_inner);
        grants.generation
    }

    /// Adds a token to the table of this generation, after removing expired ones if the table is
    /// full.
    ///
    /// # Errors
    ///
    /// [`AddTokenError`] if no token has expired either, or the table is of another generation.
    pub fn add(&self, token: &Token, grant: Grant, generation: u64) -> Result<(), AddTokenError> {
        let digest = self.key.digest(token);
        let mut grants = self.grants.write().unwrap_or_else(PoisonError::into_inner);
        if grants.generation != generation {
            return Err(AddTokenError::Outdated);
        }
        grants.additions_since_purge += 1;
        if grants.additions_since_purge >= ADDITIONS_PER_PURGE
            || grants.by_digest.len() >= MAX_TOKENS
        {
            grants.by_digest.retain(|_, grant| grant.is_valid());
            grants.additions_since_purge = 0;
        }
        if grants.by_digest.len() >= MAX_TOKENS {
            return Err(AddTokenError::TooMany);
        }
        grants.by_digest.insert(digest, Arc::new(grant));
        Ok(())
    }

    /// Replaces the tokens that do not expire by `tokens`, and begins another generation. Of the
    /// other tokens, those stay whose user `is_kept` keeps, by its id.
    pub fn replace(
        &self,
        tokens: impl IntoIterator<Item = (Token, Grant)>,
        is_kept: impl Fn(&str) -> bool,
    ) {
        let tokens: Vec<_> = by_digest(&self.key, tokens).collect();
        let mut grants = self.grants.write().unwrap_or_else(PoisonError::into_inner);
        let stays = |grant: &Grant| grant.expires_at.is_some() && is_kept(&grant.identity.user);
        grants.by_digest.retain(|_, grant| stays(grant));
        grants.by_digest.extend(tokens);
        grants.generation += 1;
    }

    /// Revokes a token immediately. An unknown token is ignored.
    pub fn revoke(&self, token: &Token) {
        let digest = self.key.digest(token);
        self.grants
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .by_digest
            .remove(&digest);
    }
}

fn by_digest(
    key: &TokenKey,
    tokens: impl IntoIterator<Item = (Token, Grant)>,
) -> impl Iterator<Item = (TokenDigest, Arc<Grant>)> {
    let entry = |(token, grant)| (key.digest(&token), Arc::new(grant));
    tokens.into_iter().map(entry)
}

#[async_trait]
impl Authenticator for TokenTable {
    async fn authenticate(
        &self,
        token: &Token,
        _: Option<IpAddr>,
    ) -> Result<Option<Arc<Identity>>, AuthError> {
        Ok(self.find(token, |grant| Arc::clone(&grant.identity)))
    }

    fn revoke_issued(&self) {
        let mut grants = self.grants.write().unwrap_or_else(PoisonError::into_inner);
        // Only the static tokens of the configuration do not expire.
        grants
            .by_digest
            .retain(|_, grant| grant.expires_at.is_none());
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn grant(expires_at: Option<Timestamp>) -> Grant {
        let identity = Identity::new("user", None, []);
        Grant {
            expires_at,
            ..Grant::without_expiry(identity, Vec::new())
        }
    }

    #[test]
    fn expired_tokens_are_purged() {
        let table = TokenTable::new([]).unwrap();
        let now = Timestamp::now();
        for number in 0..=ADDITIONS_PER_PURGE {
            table
                .add(
                    &Token::new(number.to_string().as_bytes()).unwrap(),
                    grant(Some(now)),
                    0,
                )
                .unwrap();
        }
        assert!(table.grants.read().unwrap().by_digest.len() <= 2);
    }

    #[test]
    fn a_table_full_of_expired_tokens_has_room() {
        let table = TokenTable::new([]).unwrap();
        let expired = Arc::new(grant(Some(Timestamp::now())));
        let token = |number: usize| Token::new(number.to_string().as_bytes()).unwrap();
        let all =
            (0..MAX_TOKENS).map(|number| (table.key.digest(&token(number)), Arc::clone(&expired)));
        table.grants.write().unwrap().by_digest.extend(all);
        table.add(&token(MAX_TOKENS), grant(None), 0).unwrap();
    }

    #[test]
    fn a_token_is_valid_until_it_expires_or_is_revoked() {
        let table = TokenTable::new([]).unwrap();
        let [permanent, expired, later] =
            ["permanent", "expired", "later"].map(|text| Token::new(text.as_bytes()).unwrap());
        let now = Timestamp::now();
        table.add(&permanent, grant(None), 0).unwrap();
        table.add(&expired, grant(Some(now)), 0).unwrap();
        table
            .add(&later, grant(Some(now + SignedDuration::from_secs(60))), 0)
            .unwrap();
        assert!(
            table.grant(&permanent).is_some()
                && table.grant(&expired).is_none()
                && table.grant(&later).is_some()
        );
        table.revoke(&later);
        assert!(table.grant(&later).is_none());
    }

    #[test]
    fn a_login_that_began_before_the_users_were_replaced_gets_no_token() {
        let table = TokenTable::new([]).unwrap();
        let token = |number: u8| Token::new(&[b'a' + number]).unwrap();
        let (kept, late) = (token(1), token(2));
        let later = || grant(Some(Timestamp::now() + SignedDuration::from_secs(60)));
        let generation = table.generation();
        table.add(&kept, later(), generation).unwrap();
        table.replace([], |user| user == "user");
        assert!(table.grant(&kept).is_some());
        let added = table.add(&late, later(), generation);
        assert!(matches!(added, Err(AddTokenError::Outdated)));
        assert!(table.grant(&late).is_none());
        table.add(&late, later(), table.generation()).unwrap();
        table.replace([], |_| false);
        assert!(table.grant(&kept).is_none() && table.grant(&late).is_none());
    }
}

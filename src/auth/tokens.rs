//! The table of tokens: the static ones of the configuration, and those that the embedded identity issues.
//!
//! It is looked up by digest, bounded, and gone with the process.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use jiff::Timestamp;

use super::{AuthError, Authenticator, Token, TokenDigest, TokenKey};
use crate::identity::{Identity, ProjectId};

/// How many issued tokens there are at most. One takes some hundred bytes.
const MAX_TOKENS: usize = 100_000;

/// After how many new tokens those that have ended are thrown away.
const PURGE_EVERY: usize = 1000;

/// What a token was given for: enough to tell its bearer all about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Whom the token stands for.
    pub identity: Arc<Identity>,
    /// The name of the user.
    pub user_name: String,
    /// The project, and its name.
    pub project: Option<(ProjectId, String)>,
    /// The names of the roles in the project.
    pub roles: Vec<String>,
    /// How the user proved to be who it is: `password`, `token`.
    pub methods: Vec<String>,
    /// When the token was issued.
    pub issued_at: Timestamp,
    /// When it ends; a static token does not.
    pub expires_at: Option<Timestamp>,
    /// A name for the token that is no secret.
    pub audit_id: String,
}

impl Grant {
    /// What a static token is given for: it does not end.
    #[must_use]
    pub fn lasting(identity: Identity, roles: Vec<String>) -> Self {
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
            audit_id: identity.user.clone(),
            identity: Arc::new(identity),
        }
    }

    fn is_valid(&self) -> bool {
        self.expires_at.is_none_or(|end| Timestamp::now() < end)
    }
}

/// There are too many tokens.
#[derive(Debug, thiserror::Error)]
#[error("there are {MAX_TOKENS} tokens that have not ended")]
pub struct TooManyTokens;

/// The table.
#[derive(Debug)]
pub struct TokenTable {
    key: TokenKey,
    grants: RwLock<Grants>,
}

#[derive(Debug, Default)]
struct Grants {
    all: HashMap<TokenDigest, Arc<Grant>>,
    /// How many were to be added since those that have ended were thrown away.
    since_purge: usize,
}

impl TokenTable {
    /// The table of these static tokens.
    pub fn new(tokens: impl IntoIterator<Item = (Token, Grant)>) -> Result<Self, getrandom::Error> {
        let key = TokenKey::random()?;
        let entry = |(token, grant)| (key.digest(&token), Arc::new(grant));
        let all = tokens.into_iter().map(entry).collect();
        Ok(Self {
            key,
            grants: RwLock::new(Grants {
                all,
                since_purge: 0,
            }),
        })
    }

    /// What a valid token was given for.
    #[must_use]
    pub fn grant(&self, token: &Token) -> Option<Arc<Grant>> {
        let digest = self.key.digest(token);
        let grants = self.grants.read().unwrap_or_else(PoisonError::into_inner);
        grants
            .all
            .get(&digest)
            .filter(|grant| grant.is_valid())
            .cloned()
    }

    /// Adds a token. Those that have ended make room for it.
    pub fn add(&self, token: &Token, grant: Grant) -> Result<(), TooManyTokens> {
        let digest = self.key.digest(token);
        let mut grants = self.grants.write().unwrap_or_else(PoisonError::into_inner);
        grants.since_purge += 1;
        if grants.since_purge >= PURGE_EVERY || grants.all.len() >= MAX_TOKENS {
            grants.all.retain(|_, grant| grant.is_valid());
            grants.since_purge = 0;
        }
        if grants.all.len() >= MAX_TOKENS {
            return Err(TooManyTokens);
        }
        grants.all.insert(digest, Arc::new(grant));
        Ok(())
    }

    /// Ends a token at once.
    pub fn revoke(&self, token: &Token) {
        let digest = self.key.digest(token);
        self.grants
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .all
            .remove(&digest);
    }
}

#[async_trait]
impl Authenticator for TokenTable {
    async fn authenticate(
        &self,
        token: &Token,
        _: Option<IpAddr>,
    ) -> Result<Option<Arc<Identity>>, AuthError> {
        Ok(self.grant(token).map(|grant| Arc::clone(&grant.identity)))
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn grant(expires_at: Option<Timestamp>) -> Grant {
        let identity = Identity {
            user: "user".to_owned(),
            project: None,
            role: None,
        };
        Grant {
            expires_at,
            ..Grant::lasting(identity, Vec::new())
        }
    }

    #[test]
    fn tokens_that_have_ended_are_thrown_away() {
        let table = TokenTable::new([]).unwrap();
        let now = Timestamp::now();
        for number in 0..=PURGE_EVERY {
            table
                .add(
                    &Token::new(number.to_string().as_bytes()).unwrap(),
                    grant(Some(now)),
                )
                .unwrap();
        }
        assert!(table.grants.read().unwrap().all.len() <= 2);
    }

    #[test]
    fn a_table_full_of_tokens_that_have_ended_has_room() {
        let table = TokenTable::new([]).unwrap();
        let ended = Arc::new(grant(Some(Timestamp::now())));
        let token = |number: usize| Token::new(number.to_string().as_bytes()).unwrap();
        let all =
            (0..MAX_TOKENS).map(|number| (table.key.digest(&token(number)), Arc::clone(&ended)));
        table.grants.write().unwrap().all.extend(all);
        table.add(&token(MAX_TOKENS), grant(None)).unwrap();
    }

    #[test]
    fn a_token_is_valid_until_it_ends_or_is_revoked() {
        let table = TokenTable::new([]).unwrap();
        let [lasting, ended, later] =
            ["lasting", "ended", "later"].map(|text| Token::new(text.as_bytes()).unwrap());
        let now = Timestamp::now();
        table.add(&lasting, grant(None)).unwrap();
        table.add(&ended, grant(Some(now))).unwrap();
        table
            .add(&later, grant(Some(now + SignedDuration::from_secs(60))))
            .unwrap();
        assert!(
            table.grant(&lasting).is_some()
                && table.grant(&ended).is_none()
                && table.grant(&later).is_some()
        );
        table.revoke(&later);
        assert!(table.grant(&later).is_none());
    }
}

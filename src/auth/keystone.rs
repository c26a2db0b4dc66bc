//! Tokens of a Keystone: each is asked for once and remembered for a while, under a keyed digest.
//!
//! What is remembered goes on while Keystone is away, but never past the token's own end. Tokens that are not valid are
//! remembered apart, so that a flood of them pushes nothing out. A Keystone that hangs holds a bounded number of
//! requests for a bounded time.

mod answer;
mod client;
mod fault;
mod options;
mod session;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use jiff::Timestamp;
use moka::Expiry;
use moka::future::Cache;
use tokio::sync::Semaphore;

pub use fault::KeystoneFault;
pub use options::{Credential, EntityRef, KeystoneOptions, NoClient};

use self::answer::Validated;
use self::client::Client;
use super::{AuthError, Authenticator, Token, TokenDigest, TokenKey};
use crate::identity::Identity;

/// How many valid tokens are remembered. One takes some hundred bytes.
const MAX_VALID: u64 = 100_000;

/// How many tokens that are not valid are remembered.
const MAX_INVALID: u64 = 10_000;

/// How long it is remembered that a token is not valid.
const INVALID_FOR: Duration = Duration::from_secs(10);

/// How many tokens Keystone is asked for at once.
const MAX_VALIDATIONS: usize = 32;

/// Asks a Keystone for the tokens, by `GET /v3/auth/tokens`.
#[derive(Debug)]
pub struct Keystone {
    key: TokenKey,
    valid: Cache<TokenDigest, Arc<Validated>>,
    invalid: Cache<TokenDigest, ()>,
    validations: Semaphore,
    /// How long one token may take with all its attempts.
    patience: Duration,
    client: Client,
}

/// Why a token was not found valid.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("the token is not valid")]
    Invalid,
    #[error(transparent)]
    Fault(#[from] KeystoneFault),
}

impl Keystone {
    /// Knows the tokens of the Keystone of `options`, which is not asked yet. A token takes at most `patience`.
    pub fn new(options: KeystoneOptions, patience: Duration) -> Result<Self, NoClient> {
        let valid = Cache::builder().max_capacity(MAX_VALID).expire_after(Lifetime(options.cache)).build();
        Ok(Self {
            key: TokenKey::random().map_err(NoClient::of)?,
            valid,
            invalid: Cache::builder().max_capacity(MAX_INVALID).time_to_live(INVALID_FOR).build(),
            validations: Semaphore::new(MAX_VALIDATIONS),
            patience,
            client: Client::new(options)?,
        })
    }

    /// Asks Keystone.
    async fn validate(&self, token: &Token, digest: TokenDigest) -> Result<Arc<Validated>, Failure> {
        let _permit = self.validations.try_acquire().map_err(|_| KeystoneFault::Busy)?;
        let answer = tokio::time::timeout(self.patience, self.client.validate(token)).await;
        let validated = answer.map_err(|_| self.client.gave_up())??;
        if let Some(validated) = validated.filter(|validated| validated.holds(Timestamp::now())) {
            return Ok(Arc::new(validated));
        }
        self.invalid.insert(digest, ()).await;
        Err(Failure::Invalid)
    }
}

#[async_trait]
impl Authenticator for Keystone {
    async fn authenticate(&self, token: &Token, _: Option<IpAddr>) -> Result<Option<Arc<Identity>>, AuthError> {
        let digest = self.key.digest(token);
        let known = match self.valid.get(&digest).await {
            Some(known) => known,
            None if self.invalid.contains_key(&digest) => return Ok(None),
            // While Keystone hangs, one token at a time is tried, and the others need not wait for that.
            None if self.client.hangs() && self.validations.available_permits() < MAX_VALIDATIONS => {
                return Err(AuthError(KeystoneFault::Slow.into()));
            }
            // Of several requests with a new token one asks, and the others wait for its answer.
            None => match self.valid.try_get_with(digest, self.validate(token, digest)).await {
                Ok(validated) => validated,
                Err(failure) if matches!(*failure, Failure::Invalid) => return Ok(None),
                Err(failure) => return Err(AuthError(failure.into())),
            },
        };
        Ok(known.holds(Timestamp::now()).then(|| Arc::clone(&known.identity)))
    }
}

/// How long a valid token is remembered: this long, but not past its end.
#[derive(Debug)]
struct Lifetime(Duration);

impl Expiry<TokenDigest, Arc<Validated>> for Lifetime {
    fn expire_after_create(&self, _: &TokenDigest, validated: &Arc<Validated>, _: Instant) -> Option<Duration> {
        let left = validated.expires_at.duration_since(Timestamp::now());
        Some(Duration::try_from(left).unwrap_or_default().min(self.0))
    }
}

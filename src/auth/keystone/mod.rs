//! Tokens of a Keystone: each is asked for once and remembered for a while, under a keyed digest.
//!
//! What is remembered goes on while Keystone is away, but never past the token's own end, and is renewed in the background
//! while it is in use. Who asks for a new token waits for a slot for a bounded time, and a Keystone that hangs holds a
//! bounded number of requests for a bounded time.

mod answer;
mod client;
mod fault;
mod options;
mod remembered;
mod session;
mod slots;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;

pub use fault::KeystoneFault;
pub use options::{Credential, EntityRef, KeystoneOptions, NoClient};

use self::client::Client;
use self::remembered::{Known, Remembered};
use self::slots::{Line, Slots};
use super::{AuthError, Authenticator, Token, TokenDigest, TokenKey};
use crate::identity::Identity;

/// Asks a Keystone for the tokens, by `GET /v3/auth/tokens`.
#[derive(Debug)]
pub struct Keystone {
    key: TokenKey,
    validator: Arc<Validator>,
}

/// What also runs in the background.
#[derive(Debug)]
struct Validator {
    remembered: Remembered,
    slots: Arc<Slots>,
    /// How long to wait for a slot.
    wait: Duration,
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
        let validator = Validator {
            remembered: Remembered::new(options.cache),
            slots: Arc::default(),
            wait: options.attempt,
            patience,
            client: Client::new(options)?,
        };
        Ok(Self {
            key: TokenKey::random().map_err(NoClient::of)?,
            validator: Arc::new(validator),
        })
    }
}

impl Validator {
    /// The token as Keystone knows it.
    async fn known(
        &self,
        token: &Token,
        digest: TokenDigest,
        client: Option<IpAddr>,
    ) -> Result<Arc<Known>, Arc<Failure>> {
        if self.remembered.is_invalid(&digest) {
            return Err(Failure::Invalid.into());
        }
        // While Keystone hangs, one token at a time is tried, and the others need not wait for that.
        if self.client.hangs() && self.slots.held() > 0 {
            return Err(Failure::Fault(KeystoneFault::Slow).into());
        }
        self.remembered
            .valid_or(digest, self.validate(token, digest, client))
            .await
    }

    /// Asks Keystone.
    async fn validate(
        &self,
        token: &Token,
        digest: TokenDigest,
        client: Option<IpAddr>,
    ) -> Result<Arc<Known>, Failure> {
        let line = Line::of(client, self.remembered.was_valid(&digest));
        let _slot = self
            .slots
            .acquire(line, self.wait)
            .await
            .ok_or(KeystoneFault::Busy)?;
        if self.client.hangs() && self.slots.held() > 1 {
            return Err(KeystoneFault::Slow.into());
        }
        let asked = Instant::now();
        let answer = tokio::time::timeout(self.patience, self.client.validate(token)).await;
        let validated = answer.map_err(|_| self.client.gave_up())??;
        self.remembered.heard(digest, validated, asked).await
    }

    /// Asks Keystone for a token that is remembered, before it is forgotten. Renewals have a line of their own, for nobody
    /// waits for one.
    async fn renew(&self, token: &Token, digest: TokenDigest, known: &Known) {
        let renewed = self.validate(token, digest, None).await;
        self.remembered.renewed(digest, known, renewed).await;
    }
}

#[async_trait]
impl Authenticator for Keystone {
    async fn authenticate(
        &self,
        token: &Token,
        client: Option<IpAddr>,
    ) -> Result<Option<Arc<Identity>>, AuthError> {
        let (digest, validator) = (self.key.digest(token), &self.validator);
        let known = if let Some(known) = validator.remembered.valid(&digest).await {
            if known.is_to_be_renewed() {
                let (validator, token, known) =
                    (Arc::clone(validator), token.clone(), Arc::clone(&known));
                tokio::spawn(async move { validator.renew(&token, digest, &known).await });
            }
            known
        } else {
            match validator.known(token, digest, client).await {
                Ok(known) => known,
                Err(failure) if matches!(*failure, Failure::Invalid) => return Ok(None),
                Err(failure) => return Err(AuthError(failure.into())),
            }
        };
        Ok(known.identity())
    }
}

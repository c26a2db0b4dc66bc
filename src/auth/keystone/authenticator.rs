//! The authenticator: looks a token up in the cache, and validates it at Keystone if it is not
//! there.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;

use super::client::KeystoneClient;
use super::error::{KeystoneClientError, KeystoneError, ValidationError};
use super::fair_semaphore::{FairSemaphore, QueueKey};
use super::options::KeystoneOptions;
use super::statistics::{KeystoneStatistics, LookupCounter};
use super::token_cache::{CachedToken, TokenCache};
use crate::auth::authenticator::{AuthError, Authenticator};
use crate::auth::digest::{TokenDigest, TokenKey};
use crate::auth::token::Token;
use crate::identity::Identity;

/// Validates tokens at a Keystone, by `GET /v3/auth/tokens`, and caches the results.
#[derive(Debug)]
pub struct KeystoneAuthenticator {
    key: TokenKey,
    validator: Arc<Validator>,
}

/// The part that the background refreshes share.
#[derive(Debug)]
struct Validator {
    cache: TokenCache,
    permits: Arc<FairSemaphore>,
    /// How long to wait for a permit.
    permit_timeout: Duration,
    /// How long validating one token may take, retries included.
    validation_timeout: Duration,
    client: KeystoneClient,
    lookups: LookupCounter,
    refusals: AtomicU64,
}

impl KeystoneAuthenticator {
    /// Creates the authenticator; no request is sent. Validating one token takes at most `timeout`,
    /// retries included.
    ///
    /// # Errors
    ///
    /// [`KeystoneClientError`] if the certificates or the proxy of `options` cannot be used, or if
    /// the operating system provides no random numbers.
    pub fn new(options: KeystoneOptions, timeout: Duration) -> Result<Self, KeystoneClientError> {
        let validator = Validator {
            cache: TokenCache::new(options.cache_ttl),
            permits: Arc::default(),
            permit_timeout: options.attempt_timeout,
            validation_timeout: timeout,
            client: KeystoneClient::new(options)?,
            lookups: LookupCounter::default(),
            refusals: AtomicU64::default(),
        };
        Ok(Self {
            key: TokenKey::random().map_err(KeystoneClientError::from_error)?,
            validator: Arc::new(validator),
        })
    }

    /// The state of the authenticator, and what it has counted since its start.
    #[must_use]
    pub fn statistics(&self) -> KeystoneStatistics {
        let Validator {
            cache,
            permits,
            client,
            lookups,
            refusals,
            ..
        } = &*self.validator;
        let requests = client.requests();
        KeystoneStatistics {
            lookups: lookups.counts(),
            cached_tokens: cache.len(),
            requests: requests.counts(),
            durations: requests.durations(),
            running: permits.held(),
            waiting: permits.waiting(),
            waits: permits.waits(),
            refusals: refusals.load(Ordering::Relaxed),
        }
    }
}

impl Validator {
    /// Returns the token if it is valid. Concurrent calls for the same token share one validation.
    async fn get_or_validate(
        &self,
        token: &Token,
        digest: TokenDigest,
        client: Option<IpAddr>,
    ) -> Result<Arc<CachedToken>, Arc<ValidationError>> {
        if self.cache.is_invalid(&digest) {
            self.lookups.invalid.fetch_add(1, Ordering::Relaxed);
            return Err(ValidationError::Invalid.into());
        }
        self.lookups.missing.fetch_add(1, Ordering::Relaxed);
        // While Keystone hangs, one token at a time probes it, and all others fail at once.
        if self.client.is_hanging() && self.permits.held() > 0 {
            return Err(ValidationError::Keystone(self.refuse(KeystoneError::Timeout)).into());
        }
        // A refresh logs no warning again.
        let validation = async {
            let cached = self.validate(token, digest, client).await?;
            cached.warn_of_dropped_roles();
            Ok(cached)
        };
        self.cache
            .get_or_validate(digest, Box::pin(validation))
            .await
    }

    /// Validates the token at Keystone and records the result in the cache.
    async fn validate(
        &self,
        token: &Token,
        digest: TokenDigest,
        client: Option<IpAddr>,
    ) -> Result<Arc<CachedToken>, ValidationError> {
        let key = QueueKey::new(client, self.cache.was_valid(&digest));
        let _permit = self
            .permits
            .acquire(key, self.permit_timeout)
            .await
            .ok_or_else(|| self.refuse(KeystoneError::Busy))?;
        if self.client.is_hanging() && self.permits.held() > 1 {
            return Err(self.refuse(KeystoneError::Timeout).into());
        }
        let requested_at = Instant::now();
        let outcome =
            tokio::time::timeout(self.validation_timeout, self.client.validate(token)).await;
        let validated = outcome.map_err(|_| self.client.report_timeout())??;
        self.cache.record(digest, validated, requested_at).await
    }

    /// Counts a validation that fails with `error` without asking Keystone.
    fn refuse(&self, error: KeystoneError) -> KeystoneError {
        self.refusals.fetch_add(1, Ordering::Relaxed);
        error
    }

    /// Refreshes a cached token before its entry expires. Refreshes have a queue of their own,
    /// because no request waits for them.
    async fn refresh(&self, token: &Token, digest: TokenDigest, cached: &CachedToken) {
        let outcome = self.validate(token, digest, None).await;
        self.cache.finish_refresh(digest, cached, outcome).await;
    }
}

#[async_trait]
impl Authenticator for KeystoneAuthenticator {
    async fn authenticate(
        &self,
        token: &Token,
        client: Option<IpAddr>,
    ) -> Result<Option<Arc<Identity>>, AuthError> {
        let (digest, validator) = (self.key.digest(token), &self.validator);
        let cached = if let Some(cached) = validator.cache.get(&digest).await {
            validator.lookups.valid.fetch_add(1, Ordering::Relaxed);
            if cached.claim_refresh() {
                let (validator, token, cached) =
                    (Arc::clone(validator), token.clone(), Arc::clone(&cached));
                tokio::spawn(async move { validator.refresh(&token, digest, &cached).await });
            }
            cached
        } else {
            match validator.get_or_validate(token, digest, client).await {
                Ok(cached) => cached,
                Err(error) if matches!(*error, ValidationError::Invalid) => return Ok(None),
                Err(error) => return Err(AuthError(error.into())),
            }
        };
        Ok(cached.identity())
    }
}

//! The cache of validation results, under keyed digests: valid tokens, invalid tokens, and tokens
//! that were valid before.
//!
//! A valid token is cached for the ttl, counted from when Keystone was asked, and never past the
//! token's own expiry. Each kind has its own bounded capacity, so that a flood of invalid tokens
//! evicts no valid one.

use std::error::Error;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use moka::Expiry;
use moka::future::Cache;

use super::error::{KeystoneError, ValidationError};
use super::response_body::ValidatedToken;
use crate::auth::digest::TokenDigest;
use crate::identity::Identity;

/// Maximum number of valid tokens, and of tokens that were valid before. One takes a few hundred
/// bytes; of the names of its roles, no more than [`RoleNames`] keeps.
///
/// [`RoleNames`]: crate::identity::RoleNames
const MAX_VALID_TOKENS: u64 = 100_000;

/// Maximum number of invalid tokens.
const MAX_INVALID_TOKENS: u64 = 10_000;

/// How long an invalid token is cached.
const INVALID_TTL: Duration = Duration::from_secs(10);

/// A token is refreshed in the last one of this many equal parts of its ttl.
const REFRESH_DIVISOR: u32 = 3;

/// After a failed refresh, the next one starts no earlier than this fraction of the ttl later: one
/// divided by this number.
const REFRESH_BACKOFF_DIVISOR: u32 = 30;

/// Minimum time between two warnings about failed refreshes, of which there can be many.
const WARNING_INTERVAL: Duration = Duration::from_secs(10);

/// The results of validations.
#[derive(Debug)]
pub(super) struct TokenCache {
    valid: Cache<TokenDigest, Arc<CachedToken>>,
    invalid: Cache<TokenDigest, ()>,
    /// When each token that was valid before expires.
    was_valid: Cache<TokenDigest, Timestamp>,
    /// How long a valid token is cached.
    ttl: Duration,
    last_warning: Mutex<Option<Instant>>,
}

/// A token that Keystone validated.
#[derive(Debug)]
pub(super) struct CachedToken {
    validated: ValidatedToken,
    evict_at: Instant,
    /// When the next refresh is due. `None` while one is in progress, or if a refresh would not
    /// extend the time in the cache.
    refresh_at: Mutex<Option<Instant>>,
}

impl TokenCache {
    /// Creates an empty cache that keeps valid tokens for `ttl`.
    pub(super) fn new(ttl: Duration) -> Self {
        Self {
            valid: Cache::builder()
                .max_capacity(MAX_VALID_TOKENS)
                .expire_after(ExpiryOfValue)
                .build(),
            invalid: Cache::builder()
                .max_capacity(MAX_INVALID_TOKENS)
                .time_to_live(INVALID_TTL)
                .build(),
            was_valid: Cache::builder()
                .max_capacity(MAX_VALID_TOKENS)
                .expire_after(ExpiryOfValue)
                .build(),
            ttl,
            last_warning: Mutex::default(),
        }
    }

    /// Returns the token if it is cached as valid.
    pub(super) async fn get(&self, digest: &TokenDigest) -> Option<Arc<CachedToken>> {
        self.valid.get(digest).await
    }

    /// The number of valid tokens, about.
    pub(super) fn len(&self) -> u64 {
        self.valid.entry_count()
    }

    /// Whether the token is cached as invalid.
    pub(super) fn is_invalid(&self, digest: &TokenDigest) -> bool {
        self.invalid.contains_key(digest)
    }

    /// Whether the token was valid before and has not expired since.
    pub(super) fn was_valid(&self, digest: &TokenDigest) -> bool {
        self.was_valid.contains_key(digest)
    }

    /// Returns the cached token, or runs `validate`. Of several concurrent callers with the same
    /// token one runs it, and the others wait for its result.
    pub(super) async fn get_or_validate(
        &self,
        digest: TokenDigest,
        validate: impl Future<Output = Result<Arc<CachedToken>, ValidationError>>,
    ) -> Result<Arc<CachedToken>, Arc<ValidationError>> {
        self.valid.try_get_with(digest, validate).await
    }

    /// Records the result of a validation that was requested at `requested_at`. `None` means that
    /// the token is invalid.
    pub(super) async fn record(
        &self,
        digest: TokenDigest,
        validated: Option<ValidatedToken>,
        requested_at: Instant,
    ) -> Result<Arc<CachedToken>, ValidationError> {
        if let Some(validated) = validated.filter(|token| token.is_valid_at(Timestamp::now())) {
            self.was_valid.insert(digest, validated.expires_at).await;
            return Ok(Arc::new(CachedToken::new(
                validated,
                requested_at,
                self.ttl,
            )));
        }
        self.invalid.insert(digest, ()).await;
        self.was_valid.invalidate(&digest).await;
        Err(ValidationError::Invalid)
    }

    /// Replaces `cached` by the result of its refresh: a new entry, none if the token is invalid
    /// now, or the same entry with a backoff if the refresh failed.
    pub(super) async fn finish_refresh(
        &self,
        digest: TokenDigest,
        cached: &CachedToken,
        outcome: Result<Arc<CachedToken>, ValidationError>,
    ) {
        match outcome {
            // A validation that started later may have found the token invalid meanwhile.
            Ok(_) if self.is_invalid(&digest) => {}
            Ok(refreshed) => self.valid.insert(digest, refreshed).await,
            Err(ValidationError::Invalid) => self.valid.invalidate(&digest).await,
            Err(ValidationError::Keystone(error)) => {
                let now = Instant::now();
                *cached.refresh_at() = Some(now + self.ttl / REFRESH_BACKOFF_DIVISOR);
                self.warn(&error, now);
            }
        }
    }

    /// Logs a failed refresh, unless the last warning was a moment ago.
    fn warn(&self, error: &KeystoneError, now: Instant) {
        let mut last_warning = self
            .last_warning
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if last_warning.is_none_or(|last| now >= last + WARNING_INTERVAL) {
            *last_warning = Some(now);
            let cause = error as &dyn Error;
            tracing::warn!(cause, "cached tokens cannot be refreshed");
        }
    }
}

impl CachedToken {
    fn new(validated: ValidatedToken, requested_at: Instant, ttl: Duration) -> Self {
        let left = validated.expires_at.duration_since(Timestamp::now());
        let expires_at = Instant::now() + Duration::try_from(left).unwrap_or_default();
        let ttl_end = requested_at + ttl;
        // A refresh cannot extend a token that expires within its ttl.
        let refresh_at = (ttl_end < expires_at)
            .then(|| requested_at + ttl / REFRESH_DIVISOR * (REFRESH_DIVISOR - 1));
        Self {
            validated,
            evict_at: ttl_end.min(expires_at),
            refresh_at: Mutex::new(refresh_at),
        }
    }

    /// The identity that the token stands for, or `None` if the token has expired.
    pub(super) fn identity(&self) -> Option<Arc<Identity>> {
        self.validated
            .is_valid_at(Timestamp::now())
            .then(|| Arc::clone(&self.validated.identity))
    }

    /// Logs a warning if the token has more roles than the service keeps.
    pub(super) fn warn_of_dropped_roles(&self) {
        let Identity { user, roles, .. } = &*self.validated.identity;
        if roles.has_dropped_names() {
            tracing::warn!(
                user,
                "a token has more roles than the service keeps: the rules of tags ignore the rest"
            );
        }
    }

    /// Whether the caller has to refresh the token now. Returns `true` to one caller for each
    /// refresh that becomes due.
    pub(super) fn claim_refresh(&self) -> bool {
        let mut refresh_at = self.refresh_at();
        let is_due = refresh_at.is_some_and(|at| Instant::now() >= at);
        if is_due {
            *refresh_at = None;
        }
        is_due
    }

    fn refresh_at(&self) -> MutexGuard<'_, Option<Instant>> {
        self.refresh_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The time to live of an entry is the remaining time of its value, also after a replacement.
#[derive(Debug)]
struct ExpiryOfValue;

/// A value with a remaining time to live.
trait RemainingTtl {
    fn remaining_ttl(&self) -> Duration;
}

impl RemainingTtl for Arc<CachedToken> {
    fn remaining_ttl(&self) -> Duration {
        self.evict_at.saturating_duration_since(Instant::now())
    }
}

impl RemainingTtl for Timestamp {
    fn remaining_ttl(&self) -> Duration {
        Duration::try_from(self.duration_since(Self::now())).unwrap_or_default()
    }
}

impl<V: RemainingTtl> Expiry<TokenDigest, V> for ExpiryOfValue {
    fn expire_after_create(&self, _: &TokenDigest, value: &V, _: Instant) -> Option<Duration> {
        Some(value.remaining_ttl())
    }

    fn expire_after_update(
        &self,
        _: &TokenDigest,
        value: &V,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(value.remaining_ttl())
    }
}

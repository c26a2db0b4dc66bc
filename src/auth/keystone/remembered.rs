//! What is remembered of tokens, under keyed digests: the valid ones, the others, and which ones were valid before.
//!
//! A valid token is remembered for a while from when Keystone was asked, never past its own end. Each kind has a bounded
//! place of its own, so that a flood of random tokens pushes no valid one out.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use moka::Expiry;
use moka::future::Cache;

use super::answer::Validated;
use super::{Failure, TokenDigest};
use crate::identity::Identity;

/// How many valid tokens are remembered, and how many that were valid. One takes some hundred bytes.
const MAX_VALID: u64 = 100_000;

/// How many tokens that are not valid are remembered.
const MAX_INVALID: u64 = 10_000;

/// How long it is remembered that a token is not valid.
const INVALID_FOR: Duration = Duration::from_secs(10);

/// A token that is renewed before it is forgotten is renewed in the last of so many parts of its time.
const PARTS: u32 = 3;

/// After a renewal that failed the next one is not before this part of the time has passed.
const PAUSE_PARTS: u32 = 30;

/// How long nothing more is said of renewals that fail, of which there can be many.
const SILENCE: Duration = Duration::from_secs(10);

/// The tokens that are remembered.
#[derive(Debug)]
pub(super) struct Remembered {
    valid: Cache<TokenDigest, Arc<Known>>,
    invalid: Cache<TokenDigest, ()>,
    was_valid: Cache<TokenDigest, Timestamp>,
    /// How long a valid token is remembered.
    time: Duration,
    /// When a renewal that failed was logged last.
    logged: Mutex<Option<Instant>>,
}

/// A valid token, as Keystone said.
#[derive(Debug)]
pub(super) struct Known {
    validated: Validated,
    until: Instant,
    /// When Keystone is to be asked again; `None` while that is being done, or if it would not help.
    renewal: Mutex<Option<Instant>>,
}

impl Remembered {
    /// Nothing yet. Valid tokens will be remembered for `time`.
    pub(super) fn new(time: Duration) -> Self {
        Self {
            valid: Cache::builder()
                .max_capacity(MAX_VALID)
                .expire_after(Lifetime)
                .build(),
            invalid: Cache::builder()
                .max_capacity(MAX_INVALID)
                .time_to_live(INVALID_FOR)
                .build(),
            was_valid: Cache::builder()
                .max_capacity(MAX_VALID)
                .expire_after(Lifetime)
                .build(),
            time,
            logged: Mutex::default(),
        }
    }

    /// The token, if it is remembered as valid.
    pub(super) async fn valid(&self, digest: &TokenDigest) -> Option<Arc<Known>> {
        self.valid.get(digest).await
    }

    /// Whether the token is remembered as not valid.
    pub(super) fn is_invalid(&self, digest: &TokenDigest) -> bool {
        self.invalid.contains_key(digest)
    }

    /// Whether the token was valid, and has not ended since.
    pub(super) fn was_valid(&self, digest: &TokenDigest) -> bool {
        self.was_valid.contains_key(digest)
    }

    /// The token, remembered or found by `ask`. Of several that want the same one asks, and the others wait for it.
    pub(super) async fn valid_or(
        &self,
        digest: TokenDigest,
        ask: impl Future<Output = Result<Arc<Known>, Failure>>,
    ) -> Result<Arc<Known>, Arc<Failure>> {
        self.valid.try_get_with(digest, ask).await
    }

    /// Remembers what Keystone said when it was asked at `asked`: `None` if the token is not valid.
    pub(super) async fn heard(
        &self,
        digest: TokenDigest,
        validated: Option<Validated>,
        asked: Instant,
    ) -> Result<Arc<Known>, Failure> {
        if let Some(validated) = validated.filter(|validated| validated.holds(Timestamp::now())) {
            self.was_valid.insert(digest, validated.expires_at).await;
            return Ok(Arc::new(Known::new(validated, asked, self.time)));
        }
        self.invalid.insert(digest, ()).await;
        self.was_valid.invalidate(&digest).await;
        Err(Failure::Invalid)
    }

    /// Puts what a renewal brought in the place of what was known.
    pub(super) async fn renewed(
        &self,
        digest: TokenDigest,
        known: &Known,
        renewed: Result<Arc<Known>, Failure>,
    ) {
        match renewed {
            // It may have been found not valid meanwhile, by somebody who asked later.
            Ok(_) if self.is_invalid(&digest) => {}
            Ok(renewed) => self.valid.insert(digest, renewed).await,
            Err(Failure::Invalid) => self.valid.invalidate(&digest).await,
            Err(Failure::Fault(fault)) => {
                let now = Instant::now();
                *known.renewal() = Some(now + self.time / PAUSE_PARTS);
                let mut logged = self.logged.lock().unwrap_or_else(PoisonError::into_inner);
                if logged.is_none_or(|last| now >= last + SILENCE) {
                    *logged = Some(now);
                    let cause = &fault as &dyn std::error::Error;
                    tracing::warn!(cause, "tokens that are remembered cannot be renewed");
                }
            }
        }
    }
}

impl Known {
    fn new(validated: Validated, asked: Instant, time: Duration) -> Self {
        let left = validated.expires_at.duration_since(Timestamp::now());
        let end = Instant::now() + Duration::try_from(left).unwrap_or_default();
        let until = asked + time;
        // A token that ends before it is forgotten gains nothing from being asked for again.
        let renewal = (until < end).then(|| asked + time / PARTS * (PARTS - 1));
        Self {
            validated,
            until: until.min(end),
            renewal: Mutex::new(renewal),
        }
    }

    /// Whom the token stands for, if it has not ended.
    pub(super) fn identity(&self) -> Option<Arc<Identity>> {
        self.validated
            .holds(Timestamp::now())
            .then(|| Arc::clone(&self.validated.identity))
    }

    /// Whether it is time to ask again. Of all that want to know, the first is told so.
    pub(super) fn is_to_be_renewed(&self) -> bool {
        let mut renewal = self.renewal();
        let is_due = renewal.is_some_and(|at| Instant::now() >= at);
        if is_due {
            *renewal = None;
        }
        is_due
    }

    fn renewal(&self) -> MutexGuard<'_, Option<Instant>> {
        self.renewal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long an entry is kept: as long as it says, also when it takes the place of an older one.
#[derive(Debug)]
struct Lifetime;

/// What knows its own end.
trait Ends {
    fn left(&self) -> Duration;
}

impl Ends for Arc<Known> {
    fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }
}

impl Ends for Timestamp {
    fn left(&self) -> Duration {
        Duration::try_from(self.duration_since(Self::now())).unwrap_or_default()
    }
}

impl<V: Ends> Expiry<TokenDigest, V> for Lifetime {
    fn expire_after_create(&self, _: &TokenDigest, value: &V, _: Instant) -> Option<Duration> {
        Some(value.left())
    }

    fn expire_after_update(
        &self,
        _: &TokenDigest,
        value: &V,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(value.left())
    }
}

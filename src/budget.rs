//! The memory budget: one limit in bytes on everything that a request can make large, that is
//! bodies, responses and images.
//!
//! Code that holds such bytes holds a [`Reservation`] of the same size, and reservations never
//! exceed the budget. So the size of the process is bounded whatever its clients do. Small
//! allocations are not counted: they are bounded per connection, and so is the number of
//! connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a reservation waits for others to be released. Waiting reservations are granted in
/// order.
const RESERVE_TIMEOUT: Duration = Duration::from_secs(1);

/// The bytes that all requests together may hold. Clones share the same bytes.
#[derive(Clone, Debug)]
pub struct Budget {
    /// One permit per byte.
    free: Arc<Semaphore>,
    total: usize,
    counts: Arc<Counts>,
}

/// What a budget counts.
#[derive(Debug, Default)]
struct Counts {
    waits: AtomicU64,
    refusals: AtomicU64,
}

/// The state of a [`Budget`], and what it has counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetStatistics {
    /// The reserved bytes.
    pub used: usize,
    /// The size of the budget in bytes.
    pub limit: usize,
    /// Reservations that had to wait for others to be released.
    pub waits: u64,
    /// Reservations that failed.
    pub refusals: u64,
}

/// Bytes of a [`Budget`], released when this is dropped.
#[derive(Debug, Default)]
pub struct Reservation(Option<OwnedSemaphorePermit>);

/// Too many bytes are reserved, and they were not released in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the memory budget is exhausted: {wanted} more bytes are needed")]
pub struct BudgetExhaustedError {
    wanted: usize,
}

impl Budget {
    /// Creates a budget of `bytes`.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        let total = bytes.min(Semaphore::MAX_PERMITS);
        Self {
            free: Arc::new(Semaphore::new(total)),
            total,
            counts: Arc::default(),
        }
    }

    /// The size of the budget in bytes, reserved or not.
    #[must_use]
    pub fn total(&self) -> usize {
        self.total
    }

    /// How much is reserved, and what has been counted.
    #[must_use]
    pub fn statistics(&self) -> BudgetStatistics {
        BudgetStatistics {
            used: self.total - self.free.available_permits(),
            limit: self.total,
            waits: self.counts.waits.load(Ordering::Relaxed),
            refusals: self.counts.refusals.load(Ordering::Relaxed),
        }
    }

    /// Reserves `bytes` if they are free and no other reservation waits for them. Zero bytes always
    /// succeed.
    pub fn try_reserve(&self, bytes: usize) -> Result<Reservation, BudgetExhaustedError> {
        if bytes == 0 {
            return Ok(Reservation::default());
        }
        let exhausted = BudgetExhaustedError { wanted: bytes };
        let permits = u32::try_from(bytes).map_err(|_| exhausted)?;
        let permit = Arc::clone(&self.free)
            .try_acquire_many_owned(permits)
            .map_err(|_| exhausted)?;
        Ok(Reservation(Some(permit)))
    }

    /// Reserves `bytes`. Waits up to a second for other reservations to be released.
    pub async fn reserve(&self, bytes: usize) -> Result<Reservation, BudgetExhaustedError> {
        if let Ok(reservation) = self.try_reserve(bytes) {
            return Ok(reservation);
        }
        let reserved = self.wait_for(bytes).await;
        if reserved.is_err() {
            self.counts.refusals.fetch_add(1, Ordering::Relaxed);
        }
        reserved
    }

    async fn wait_for(&self, bytes: usize) -> Result<Reservation, BudgetExhaustedError> {
        let exhausted = BudgetExhaustedError { wanted: bytes };
        let permits = u32::try_from(bytes).map_err(|_| exhausted)?;
        if bytes > self.total {
            // The wait could only time out, and would delay the reservations behind it.
            return Err(exhausted);
        }
        self.counts.waits.fetch_add(1, Ordering::Relaxed);
        match tokio::time::timeout(
            RESERVE_TIMEOUT,
            Arc::clone(&self.free).acquire_many_owned(permits),
        )
        .await
        {
            Ok(Ok(permit)) => Ok(Reservation(Some(permit))),
            Ok(Err(_)) | Err(_) => Err(exhausted),
        }
    }
}

impl Reservation {
    /// The size of the reservation in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.as_ref().map_or(0, OwnedSemaphorePermit::num_permits)
    }

    /// Changes the size to `bytes`: releases the excess, or reserves the missing bytes as
    /// [`Budget::reserve`] does.
    pub async fn resize(
        &mut self,
        bytes: usize,
        budget: &Budget,
    ) -> Result<(), BudgetExhaustedError> {
        let held = self.bytes();
        if bytes > held {
            self.merge(budget.reserve(bytes - held).await?);
        } else {
            drop(self.split(held - bytes));
        }
        Ok(())
    }

    /// Moves `bytes`, or all if there are fewer, into a reservation of their own.
    #[must_use = "dropping the new reservation releases its bytes"]
    pub fn split(&mut self, bytes: usize) -> Self {
        let bytes = bytes.min(self.bytes());
        Self(
            self.0
                .as_mut()
                .filter(|_| bytes > 0)
                .and_then(|permit| permit.split(bytes)),
        )
    }

    /// Adds the bytes of `other`, which is of the same budget.
    pub(crate) fn merge(&mut self, mut other: Self) {
        match (&mut self.0, other.0.take()) {
            (Some(permit), Some(more)) => permit.merge(more),
            (held @ None, more) => *held = more,
            (Some(_), None) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn released_bytes_go_to_the_next_reservation_and_a_wait_has_a_timeout() {
        let budget = Budget::new(100);
        let mut held = budget.reserve(60).await.unwrap();
        assert_eq!(
            budget.reserve(41).await.unwrap_err(),
            BudgetExhaustedError { wanted: 41 }
        );
        assert!(budget.try_reserve(40).is_ok());
        drop(held.split(20));
        assert_eq!(
            (held.bytes(), budget.try_reserve(60).unwrap().bytes()),
            (40, 60)
        );

        let waiting = async {
            budget
                .reserve(80)
                .await
                .map(|reservation| reservation.bytes())
        };
        let releasing = async {
            tokio::time::sleep(RESERVE_TIMEOUT / 2).await;
            drop(held);
        };
        assert_eq!(tokio::join!(waiting, releasing).0, Ok(80));
        assert_eq!(
            budget.reserve(101).await.unwrap_err(),
            BudgetExhaustedError { wanted: 101 },
            "more than the whole budget"
        );
        assert_eq!(
            budget.statistics(),
            BudgetStatistics {
                used: 0,
                limit: 100,
                waits: 2,
                refusals: 2,
            }
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_reservation_grows_and_shrinks_in_place() {
        let budget = Budget::new(100);
        let mut reservation = Reservation::default();
        for bytes in [10, 100, 30, 0, 50] {
            reservation.resize(bytes, &budget).await.unwrap();
            assert_eq!(
                (reservation.bytes(), budget.free.available_permits()),
                (bytes, 100 - bytes)
            );
        }
        assert!(reservation.resize(101, &budget).await.is_err());
        assert_eq!(reservation.bytes(), 50);
        assert_eq!(
            (reservation.split(70).bytes(), reservation.bytes()),
            (50, 0)
        );
    }
}

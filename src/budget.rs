//! One budget in bytes for what a request can make large: its body, its answer, the images on their way through.
//!
//! Whoever holds such bytes holds a [`Reservation`] of as many, and the budget is never overdrawn. So the process stays
//! within a known size whatever its clients do. Small things are not counted: what each connection may have of them is
//! bounded, and so is the number of connections.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a request waits for bytes that others still hold. Those who wait are served in order.
const WAIT: Duration = Duration::from_secs(1);

/// The bytes that all requests together may hold.
#[derive(Clone, Debug)]
pub struct Budget {
    /// A permit for each byte.
    free: Arc<Semaphore>,
    total: usize,
}

/// Bytes of a [`Budget`] that are in use until this is dropped.
#[derive(Debug, Default)]
pub struct Reservation(Option<OwnedSemaphorePermit>);

/// Others hold the bytes, and did not release them in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the memory budget is exhausted: {wanted} more bytes are needed")]
pub struct BudgetExhausted {
    wanted: usize,
}

impl Budget {
    /// A budget of so many `bytes`.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        let total = bytes.min(Semaphore::MAX_PERMITS);
        Self {
            free: Arc::new(Semaphore::new(total)),
            total,
        }
    }

    /// How many bytes there are in all.
    #[must_use]
    pub fn total(&self) -> usize {
        self.total
    }

    /// Reserves `bytes`, if nobody holds or waits for them. None at all are always to be had.
    pub fn try_reserve(&self, bytes: usize) -> Result<Reservation, BudgetExhausted> {
        if bytes == 0 {
            return Ok(Reservation::default());
        }
        let exhausted = BudgetExhausted { wanted: bytes };
        let permits = u32::try_from(bytes).map_err(|_| exhausted)?;
        let permit = Arc::clone(&self.free)
            .try_acquire_many_owned(permits)
            .map_err(|_| exhausted)?;
        Ok(Reservation(Some(permit)))
    }

    /// Reserves `bytes`. Waits up to a second for those that others release.
    pub async fn reserve(&self, bytes: usize) -> Result<Reservation, BudgetExhausted> {
        if let Ok(reservation) = self.try_reserve(bytes) {
            return Ok(reservation);
        }
        let exhausted = BudgetExhausted { wanted: bytes };
        let permits = u32::try_from(bytes).map_err(|_| exhausted)?;
        if bytes > self.total {
            // Nobody could release so many, and others would wait behind this.
            return Err(exhausted);
        }
        match tokio::time::timeout(WAIT, Arc::clone(&self.free).acquire_many_owned(permits)).await {
            Ok(Ok(permit)) => Ok(Reservation(Some(permit))),
            Ok(Err(_)) | Err(_) => Err(exhausted),
        }
    }
}

impl Reservation {
    /// How many bytes are reserved.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.0.as_ref().map_or(0, OwnedSemaphorePermit::num_permits)
    }

    /// Makes it `bytes`: releases those past them, or reserves those that are missing and waits for them.
    pub async fn resize(&mut self, bytes: usize, budget: &Budget) -> Result<(), BudgetExhausted> {
        let held = self.bytes();
        if bytes > held {
            self.merge(budget.reserve(bytes - held).await?);
        } else {
            drop(self.split(held - bytes));
        }
        Ok(())
    }

    /// Takes `bytes` out of it, or as many as there are.
    #[must_use = "what is dropped is released"]
    pub fn split(&mut self, bytes: usize) -> Self {
        let bytes = bytes.min(self.bytes());
        Self(
            self.0
                .as_mut()
                .filter(|_| bytes > 0)
                .and_then(|permit| permit.split(bytes)),
        )
    }

    fn merge(&mut self, mut other: Self) {
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
    async fn what_is_released_is_there_for_the_next_one_and_nobody_waits_for_ever() {
        let budget = Budget::new(100);
        let mut held = budget.reserve(60).await.unwrap();
        assert_eq!(
            budget.reserve(41).await.unwrap_err(),
            BudgetExhausted { wanted: 41 }
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
            tokio::time::sleep(WAIT / 2).await;
            drop(held);
        };
        assert_eq!(tokio::join!(waiting, releasing).0, Ok(80));
        assert_eq!(
            budget.reserve(101).await.unwrap_err(),
            BudgetExhausted { wanted: 101 },
            "more than there are"
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

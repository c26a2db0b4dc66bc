//! The upper bound on the size of images that an attempt may load, and the memory reserved for
//! them.
//!
//! The size of an image is unknown before it is read. So the first attempt at an operation has a
//! small limit, for which nothing is reserved. If that is not enough, the attempt fails with
//! [`SqlError::TooLarge`] and releases its connection; the operation is then retried with memory
//! reserved for the size that was reported. No attempt waits for memory while it holds a
//! connection.

use crate::budget::{Budget, BudgetExhaustedError, Reservation};
use crate::store::sql::drivers::SqlError;

/// The largest image that needs no reservation. The number of such images at a time is bounded by
/// the number of requests.
const UNRESERVED_BYTES: usize = 16 << 10;

/// How many copies of an image's bytes exist while it is read or written: in the database's
/// library, in its driver and as an image.
const COPIES_IN_TRANSIT: usize = 5;

/// How many copies exist afterwards: the image and its JSON.
const COPIES_RETAINED: usize = 2;

/// The maximum size of the images of an attempt together, with the memory reserved for them.
#[derive(Debug)]
pub(in crate::store::sql) struct SizeLimit {
    bytes: usize,
    memory: Reservation,
}

impl SizeLimit {
    /// The limit that needs no reservation.
    pub(in crate::store::sql) fn unreserved() -> Self {
        Self {
            bytes: UNRESERVED_BYTES,
            memory: Reservation::default(),
        }
    }

    /// No limit and no reservation, for a migration, which reads one image after the other.
    pub(in crate::store::sql) fn unlimited() -> Self {
        Self {
            bytes: usize::MAX,
            memory: Reservation::default(),
        }
    }

    /// A limit of `bytes`. Waits for the memory.
    pub(in crate::store::sql) async fn reserve(
        bytes: usize,
        budget: &Budget,
    ) -> Result<Self, BudgetExhaustedError> {
        if bytes <= UNRESERVED_BYTES {
            return Ok(Self::unreserved());
        }
        Ok(Self {
            bytes,
            memory: budget.reserve(in_transit(bytes, budget)).await?,
        })
    }

    /// Raises the limit to `bytes` if it is lower. Does not wait: if the memory is not free, the
    /// error has the operation retried with the memory reserved, without a connection meanwhile.
    pub(in crate::store::sql) fn raised_to(
        self,
        bytes: usize,
        budget: &Budget,
    ) -> Result<Self, SqlError> {
        if bytes <= self.bytes {
            return Ok(self);
        }
        match budget.try_reserve(in_transit(bytes, budget)) {
            Ok(memory) => Ok(Self { bytes, memory }),
            Err(_) => Err(SqlError::TooLarge(bytes)),
        }
    }

    /// Whether the images may be so large that memory is reserved for them.
    pub(super) fn is_reserved(&self) -> bool {
        self.bytes > UNRESERVED_BYTES
    }

    pub(in crate::store::sql) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Checks that images of `size` bytes are within the limit.
    pub(in crate::store::sql) fn check(&self, size: usize) -> Result<(), SqlError> {
        if size <= self.bytes {
            Ok(())
        } else {
            Err(SqlError::TooLarge(size))
        }
    }

    /// The part of the reservation that images of `size` bytes keep after the attempt. The rest is
    /// released.
    pub(in crate::store::sql) fn into_retained(mut self, size: usize) -> Reservation {
        self.memory.split(size * COPIES_RETAINED)
    }
}

/// The bytes to reserve for an image of this `size` while it is read or written. An image larger
/// than an image may be now reserves the whole budget, so that it can still be made smaller or
/// deleted.
fn in_transit(size: usize, budget: &Budget) -> usize {
    size.saturating_mul(COPIES_IN_TRANSIT).min(budget.total())
}

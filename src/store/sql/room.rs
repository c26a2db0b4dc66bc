//! The room in memory that an operation has for an image, or for a page of them.
//!
//! Nobody knows how large an image is before it has been read. So an operation begins with little room, for which nothing
//! is reserved. If that is not enough it fails with [`Fault::TooLarge`], gives its connection back, and is done once more
//! when the room has been reserved.

use super::fault::Fault;
use crate::budget::{Budget, BudgetExhaustedError, Reservation};

/// The size of an image for which nothing is reserved. There are no more of them at once than requests.
const FREE: usize = 16 << 10;

/// How often the bytes of an image are in memory while it is read or written: in the database's library, in its driver, as
/// an image.
const COPIES: usize = 5;

/// The same afterwards: as an image, and as its JSON.
const COPIES_LEFT: usize = 2;

/// Room for images of some size together.
#[derive(Debug)]
pub(super) struct Room {
    size: usize,
    memory: Reservation,
}

impl Room {
    /// As much as needs no reservation.
    pub(super) fn free() -> Self {
        Self {
            size: FREE,
            memory: Reservation::default(),
        }
    }

    /// As much as any image needs, for a migration, which reads one after the other.
    pub(super) fn for_any_image() -> Self {
        Self {
            size: usize::MAX,
            memory: Reservation::default(),
        }
    }

    /// Room for `size`, which is waited for.
    pub(super) async fn of(size: usize, budget: &Budget) -> Result<Self, BudgetExhaustedError> {
        if size <= FREE {
            return Ok(Self::free());
        }
        Ok(Self {
            size,
            memory: budget.reserve(copies(size, budget)).await?,
        })
    }

    /// This room, or room for `size` if that is more and can be had at once. Otherwise somebody has to wait for it, who
    /// should not hold a connection.
    pub(super) fn at_least(self, size: usize, budget: &Budget) -> Result<Self, Fault> {
        if size <= self.size {
            return Ok(self);
        }
        match budget.try_reserve(copies(size, budget)) {
            Ok(memory) => Ok(Self { size, memory }),
            Err(_) => Err(Fault::TooLarge(size)),
        }
    }

    /// How large images may be, in bytes.
    pub(super) fn size(&self) -> usize {
        self.size
    }

    /// Whether an image of this `size` has room here.
    pub(super) fn check(&self, size: usize) -> Result<(), Fault> {
        if size <= self.size {
            Ok(())
        } else {
            Err(Fault::TooLarge(size))
        }
    }

    /// What stays reserved for images of this `size` that are handed out.
    pub(super) fn left_for(mut self, size: usize) -> Reservation {
        self.memory.split(size * COPIES_LEFT)
    }
}

/// What is reserved for an image of this `size`. All that there is has to do for one that is larger than an image may be
/// now, so that it can at least be made smaller or deleted.
fn copies(size: usize, budget: &Budget) -> usize {
    size.saturating_mul(COPIES).min(budget.total())
}

//! The piece of an upload that is being filled.

use crate::budget::{Budget, BudgetExhaustedError, Reservation};

/// How many bytes a piece may have without a reservation.
const UNCOUNTED_BYTES: usize = 4 << 10;

/// Bytes with their reservation of the memory budget. The memory grows with the bytes, because
/// announcing a length costs a client nothing.
#[derive(Debug, Default)]
pub(super) struct Piece {
    bytes: Vec<u8>,
    memory: Reservation,
}

impl Piece {
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Appends `data`. The capacity doubles, up to the `longest` that the piece may become.
    pub(super) async fn push(
        &mut self,
        data: &[u8],
        longest: usize,
        budget: &Budget,
    ) -> Result<(), BudgetExhaustedError> {
        let length = self.bytes.len() + data.len();
        if length > self.bytes.capacity() {
            let doubled = (self.bytes.capacity() * 2).max(UNCOUNTED_BYTES);
            let capacity = doubled.min(longest).max(length);
            if capacity > self.memory.bytes() && capacity > UNCOUNTED_BYTES {
                self.memory.resize(capacity, budget).await?;
            }
            self.bytes.reserve_exact(capacity - self.bytes.len());
        }
        self.bytes.extend_from_slice(data);
        Ok(())
    }

    /// The bytes. The piece is empty afterwards and keeps its reservation for the next ones, so the
    /// caller finishes with these before it pushes more.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}

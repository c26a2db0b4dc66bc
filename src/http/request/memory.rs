//! What a request reserves of the memory budget for its body.

use crate::budget::{Budget, Reservation};
use crate::http::HttpError;

/// Each connection may hold one body or answer of this length without a reservation.
pub(crate) const UNCOUNTED_BYTES: usize = 4 << 10;

/// How many bytes a request reserves for `bytes` that it holds: none for a few.
pub(crate) fn counted(bytes: usize) -> usize {
    if bytes <= UNCOUNTED_BYTES { 0 } else { bytes }
}

/// A whole body with its reservation of the memory budget.
#[derive(Debug)]
pub(crate) struct WholeBody {
    pub(super) bytes: Vec<u8>,
    /// As much as the bytes take. Whatever is made from them may take it over.
    pub(super) memory: Reservation,
}

impl WholeBody {
    /// Appends `data`. The capacity doubles, up to the `longest` that the body may become.
    pub(super) async fn push(
        &mut self,
        data: &[u8],
        longest: usize,
        budget: &Budget,
    ) -> Result<(), HttpError> {
        let length = self.bytes.len() + data.len();
        if length > self.bytes.capacity() {
            let doubled = (self.bytes.capacity() * 2).max(UNCOUNTED_BYTES);
            let capacity = doubled.min(longest).max(length);
            self.memory.resize(counted(capacity), budget).await?;
            self.bytes.reserve_exact(capacity - self.bytes.len());
        }
        self.bytes.extend_from_slice(data);
        Ok(())
    }
}

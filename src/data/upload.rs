//! An upload in progress.

use super::backend::Sink;
use super::digests::Digests;
use super::error::DataError;
use super::key::DataKey;
use super::piece::Piece;
use crate::budget::Budget;
use crate::image::{DiskFormat, ImageData, ImageDataError};

/// An upload in progress: what it has received goes to the data store in pieces.
///
/// If it is dropped before [`Self::keep`] or [`Self::remove`], its lease expires, and what it has
/// written is removed after that.
pub struct Upload {
    key: DataKey,
    sink: Sink,
    digests: Digests,
    piece: Piece,
    budget: Budget,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("Upload");
        debug.field("key", &self.key).field("sink", &self.sink);
        debug.finish_non_exhaustive()
    }
}

impl Upload {
    pub(super) fn new(key: DataKey, sink: Sink, budget: Budget) -> Self {
        Self {
            key,
            sink,
            digests: Digests::default(),
            piece: Piece::default(),
            budget,
        }
    }

    /// The name of the data.
    #[must_use]
    pub fn key(&self) -> DataKey {
        self.key
    }

    /// How many bytes have come so far.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.digests.size()
    }

    /// Appends `bytes`. Each full piece is written to the data store before the next one is begun.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), DataError> {
        self.digests.update(bytes);
        if matches!(self.sink, Sink::Nothing) {
            return Ok(());
        }
        while !bytes.is_empty() {
            let longest = self.sink.piece_bytes()?;
            let room = longest - self.piece.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.piece.push(now, longest, &self.budget).await?;
            bytes = later;
            if self.piece.len() == longest {
                self.sink.write(self.key, self.piece.take()).await?;
            }
        }
        Ok(())
    }

    /// Publishes the data: it can be read after that, and a database has it on the disk. Returns
    /// its size and digests, and the size of the disk in it if that is of an `inspected` format.
    pub async fn complete(
        &mut self,
        inspected: Option<DiskFormat>,
    ) -> Result<Result<ImageData, ImageDataError>, DataError> {
        self.sink.complete(self.key, self.piece.take()).await?;
        Ok(std::mem::take(&mut self.digests).finish(inspected))
    }

    /// Ends an upload whose data an image names.
    pub async fn keep(mut self) -> Result<(), DataError> {
        self.sink.keep().await
    }

    /// Removes everything that the upload has written.
    pub async fn remove(mut self) -> Result<(), DataError> {
        self.sink.remove(self.key).await
    }
}

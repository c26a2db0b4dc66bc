//! Reading data, one piece after the other.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::Arc;

use axum::body::Bytes;

use super::backend::{MemoryObject, MemoryObjects, Objects};
use super::error::DataError;
use super::key::DataKey;

/// The size in bytes of a piece of a file, and of one of S3, each of which takes a request.
const FILE_PIECE_BYTES: usize = 256 << 10;
const OBJECT_PIECE_BYTES: usize = 1 << 20;

/// A part of the data of an image, read piece by piece.
#[derive(Debug)]
pub struct Download {
    source: Source,
    left: Range<u64>,
}

#[derive(Debug)]
enum Source {
    Memory(Arc<MemoryObject>),
    /// An open file, which stays readable if it is removed. `None` after a failure.
    File(Option<File>),
    Object(Arc<Objects>, DataKey),
}

impl Download {
    pub(super) fn of_memory(
        objects: &MemoryObjects,
        key: DataKey,
        range: Range<u64>,
    ) -> Result<Self, DataError> {
        let object = objects.get(&key).ok_or(DataError::Missing)?;
        if object.size() < range.end {
            return Err(DataError::Missing);
        }
        Ok(Self {
            source: Source::Memory(object),
            left: range,
        })
    }

    pub(super) async fn of_object(
        objects: &Arc<Objects>,
        key: DataKey,
        range: Range<u64>,
    ) -> Result<Self, DataError> {
        let source = if objects.is_directory() {
            match objects.get(key).await?.payload {
                object_store::GetResultPayload::File(file, _) => Source::File(Some(file)),
                object_store::GetResultPayload::Stream(_) => {
                    Source::Object(Arc::clone(objects), key)
                }
            }
        } else {
            Source::Object(Arc::clone(objects), key)
        };
        Ok(Self {
            source,
            left: range,
        })
    }

    /// How many bytes are still to be read.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.left.end - self.left.start
    }

    /// How many bytes a piece has at most.
    #[must_use]
    pub fn piece_bytes(&self) -> usize {
        let longest = match self.source {
            Source::Memory(_) | Source::File(_) => FILE_PIECE_BYTES,
            Source::Object(..) => OBJECT_PIECE_BYTES,
        };
        usize::try_from(self.left()).map_or(longest, |left| left.min(longest))
    }

    /// Reads the next piece; `None` at the end. Data that is shorter than its image says is an
    /// error.
    pub async fn next_piece(&mut self) -> Result<Option<Bytes>, DataError> {
        let length = self.piece_bytes();
        if length == 0 {
            return Ok(None);
        }
        let offset = self.left.start;
        let piece = match &mut self.source {
            Source::Memory(object) => object.read(offset, length),
            Source::File(file) => {
                let open = file.take().ok_or(DataError::Missing)?;
                let read = move || read_file(open, offset, length);
                let read = tokio::task::spawn_blocking(read).await;
                let (open, piece) =
                    read.map_err(|panic| DataError::Unavailable(panic.into()))??;
                *file = Some(open);
                piece
            }
            Source::Object(objects, key) => {
                objects.read(*key, offset..offset + length as u64).await?
            }
        };
        if piece.is_empty() {
            return Err(DataError::Missing);
        }
        self.left.start += piece.len() as u64;
        Ok(Some(piece))
    }
}

fn read_file(mut file: File, offset: u64, length: usize) -> std::io::Result<(File, Bytes)> {
    file.seek(SeekFrom::Start(offset))?;
    let mut piece = vec![0; length];
    let mut filled = 0;
    while filled < length {
        match file.read(&mut piece[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    piece.truncate(filled);
    Ok((file, piece.into()))
}

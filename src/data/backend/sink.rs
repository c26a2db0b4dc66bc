//! Where the pieces of an upload go.

use std::fmt;
use std::sync::Arc;

use object_store::multipart::{MultipartStore, PartId};
use object_store::{MultipartUpload, ObjectStoreExt};

use super::leases::Lease;
use super::memory::{MemoryObject, MemoryObjects};
use super::objects::{Kind, Objects};
use super::s3::part_bytes;
use crate::data::error::DataError;
use crate::data::key::DataKey;

/// The size in bytes of a piece in memory and in a file.
const PIECE_BYTES: usize = 512 << 10;

/// Where the pieces of an upload go.
#[derive(Debug)]
pub(in crate::data) enum Sink {
    Memory {
        objects: Arc<MemoryObjects>,
        object: MemoryObject,
    },
    Objects {
        objects: Arc<Objects>,
        lease: Lease,
        parts: Parts,
    },
    Nothing,
}

/// What has been written of an object.
pub(in crate::data) enum Parts {
    None,
    File(Box<dyn MultipartUpload>),
    Bucket { id: String, sent: Vec<PartId> },
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::File(_) => "File",
            Self::Bucket { .. } => "Bucket",
        })
    }
}

impl Sink {
    pub(in crate::data) fn memory(objects: &Arc<MemoryObjects>) -> Self {
        Self::Memory {
            objects: Arc::clone(objects),
            object: MemoryObject::default(),
        }
    }

    /// Acquires the lease of the upload.
    pub(in crate::data) async fn objects(
        objects: &Arc<Objects>,
        key: DataKey,
    ) -> Result<Self, DataError> {
        Ok(Self::Objects {
            objects: Arc::clone(objects),
            lease: Lease::acquire(objects, key).await?,
            parts: Parts::None,
        })
    }

    /// The size in bytes of the next piece, unless it is the last.
    pub(in crate::data) fn piece_bytes(&self) -> Result<usize, DataError> {
        match self {
            Self::Objects { objects, parts, .. } if !objects.is_directory() => {
                let sent = match parts {
                    Parts::Bucket { sent, .. } => sent.len(),
                    _ => 0,
                };
                let too_many = || DataError::Full("S3 takes no more parts".into());
                part_bytes(sent).ok_or_else(too_many)
            }
            _ => Ok(PIECE_BYTES),
        }
    }

    /// Writes a piece.
    pub(in crate::data) async fn write(
        &mut self,
        key: DataKey,
        piece: Vec<u8>,
    ) -> Result<(), DataError> {
        match self {
            Self::Nothing => Ok(()),
            Self::Memory { objects, object } => object.push(piece, objects),
            Self::Objects {
                objects,
                lease,
                parts,
            } => {
                if matches!(parts, Parts::None) {
                    *parts = begin(objects, lease, key).await?;
                }
                append(objects, parts, key, piece).await
            }
        }
    }

    /// Writes the last piece and publishes the data, which is durable after that.
    pub(in crate::data) async fn complete(
        &mut self,
        key: DataKey,
        last: Vec<u8>,
    ) -> Result<(), DataError> {
        match self {
            Self::Nothing => Ok(()),
            Self::Memory { objects, object } => {
                if !last.is_empty() {
                    object.push(last, objects)?;
                }
                objects.put(key, std::mem::take(object));
                Ok(())
            }
            Self::Objects { objects, parts, .. } => {
                if matches!(parts, Parts::None) {
                    objects
                        .data
                        .put(&objects.data_path(key), last.into())
                        .await?;
                    return Ok(());
                }
                if !last.is_empty() {
                    append(objects, parts, key, last).await?;
                }
                publish(objects, parts, key).await
            }
        }
    }

    /// Removes everything that was written, or published, and ends the lease.
    pub(in crate::data) async fn remove(&mut self, key: DataKey) -> Result<(), DataError> {
        match self {
            Self::Nothing => Ok(()),
            Self::Memory { objects, object } => {
                *object = MemoryObject::default();
                objects.remove(&key);
                Ok(())
            }
            Self::Objects {
                objects,
                lease,
                parts,
            } => {
                let written = std::mem::replace(parts, Parts::None);
                let id = match &written {
                    Parts::Bucket { id, .. } => Some(id.as_str()),
                    Parts::None | Parts::File(_) => None,
                };
                objects.remove(key, id).await?;
                lease.release().await
            }
        }
    }

    /// Ends the lease of an upload whose data stays.
    pub(in crate::data) async fn keep(&mut self) -> Result<(), DataError> {
        match self {
            Self::Nothing | Self::Memory { .. } => Ok(()),
            Self::Objects { lease, .. } => lease.release().await,
        }
    }
}

async fn begin(objects: &Objects, lease: &Lease, key: DataKey) -> Result<Parts, DataError> {
    let path = objects.data_path(key);
    match &objects.kind {
        Kind::Directory(_) => Ok(Parts::File(objects.data.put_multipart(&path).await?)),
        Kind::Bucket(bucket) => {
            let id = bucket.create_multipart(&path).await?;
            lease.note_parts(&id).await?;
            Ok(Parts::Bucket {
                id,
                sent: Vec::new(),
            })
        }
    }
}

async fn append(
    objects: &Objects,
    parts: &mut Parts,
    key: DataKey,
    piece: Vec<u8>,
) -> Result<(), DataError> {
    match (parts, &objects.kind) {
        (Parts::File(file), _) => file.put_part(piece.into()).await?,
        (Parts::Bucket { id, sent }, Kind::Bucket(bucket)) => {
            let (path, number) = (objects.data_path(key), sent.len());
            let part = bucket.put_part(&path, id, number, piece.into()).await?;
            sent.push(part);
        }
        (Parts::Bucket { .. } | Parts::None, _) => {}
    }
    Ok(())
}

async fn publish(objects: &Objects, parts: &mut Parts, key: DataKey) -> Result<(), DataError> {
    match (parts, &objects.kind) {
        (Parts::File(file), _) => {
            file.complete().await?;
        }
        (Parts::Bucket { id, sent }, Kind::Bucket(bucket)) => {
            let (path, sent) = (objects.data_path(key), std::mem::take(sent));
            bucket.complete_multipart(&path, id, sent).await?;
        }
        (Parts::Bucket { .. } | Parts::None, _) => {}
    }
    Ok(())
}

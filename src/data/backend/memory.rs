//! Data in memory, bounded in bytes. A restart loses it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;

use crate::budget::{Budget, Reservation};
use crate::data::error::DataError;
use crate::data::key::DataKey;

/// The data of all images. What is removed counts until the last reader is done with it.
#[derive(Debug)]
pub(in crate::data) struct MemoryObjects {
    budget: Budget,
    objects: Mutex<HashMap<DataKey, Arc<MemoryObject>>>,
}

/// The data of one image, in pieces of any length.
#[derive(Debug, Default)]
pub(in crate::data) struct MemoryObject {
    pieces: Vec<(Bytes, Reservation)>,
    /// Where each piece starts.
    offsets: Vec<u64>,
    size: u64,
}

impl MemoryObjects {
    pub(in crate::data) fn new(max_bytes: usize) -> Self {
        Self {
            budget: Budget::new(max_bytes),
            objects: Mutex::default(),
        }
    }

    /// How many bytes of data there may be.
    pub(in crate::data) fn max_bytes(&self) -> usize {
        self.budget.total()
    }

    pub(in crate::data) fn get(&self, key: &DataKey) -> Option<Arc<MemoryObject>> {
        self.objects().get(key).map(Arc::clone)
    }

    pub(in crate::data) fn put(&self, key: DataKey, object: MemoryObject) {
        self.objects().insert(key, Arc::new(object));
    }

    pub(in crate::data) fn remove(&self, key: &DataKey) {
        // The object is freed outside of the lock.
        let removed = self.objects().remove(key);
        drop(removed);
    }

    pub(in crate::data) fn clear(&self) {
        let removed = std::mem::take(&mut *self.objects());
        drop(removed);
    }

    fn objects(&self) -> MutexGuard<'_, HashMap<DataKey, Arc<MemoryObject>>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl MemoryObject {
    pub(in crate::data) fn size(&self) -> u64 {
        self.size
    }

    /// Appends a piece, unless all data together would become too large.
    pub(in crate::data) fn push(
        &mut self,
        mut bytes: Vec<u8>,
        objects: &MemoryObjects,
    ) -> Result<(), DataError> {
        bytes.shrink_to_fit();
        let memory = objects.budget.try_reserve(bytes.len());
        let memory = memory.map_err(|error| DataError::Full(error.into()))?;
        self.offsets.push(self.size);
        self.size += bytes.len() as u64;
        self.pieces.push((bytes.into(), memory));
        Ok(())
    }

    /// At most `limit` bytes, starting at `offset`; empty past the end.
    pub(in crate::data) fn read(&self, offset: u64, limit: usize) -> Bytes {
        let Some(index) = self
            .offsets
            .partition_point(|start| *start <= offset)
            .checked_sub(1)
        else {
            return Bytes::new();
        };
        let (piece, _) = &self.pieces[index];
        let start = usize::try_from(offset - self.offsets[index]).unwrap_or(usize::MAX);
        let start = start.min(piece.len());
        let end = start.saturating_add(limit).min(piece.len());
        piece.slice(start..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::{ImageId, UploadId};

    #[test]
    fn data_is_read_from_any_offset_and_bounded_in_bytes() {
        let objects = MemoryObjects::new(10);
        let mut object = MemoryObject::default();
        for piece in ["abc", "d", "efgh"] {
            object.push(piece.into(), &objects).unwrap();
        }
        for (offset, limit, expected) in [
            (0, 9, "abc"),
            (1, 1, "b"),
            (3, 9, "d"),
            (4, 2, "ef"),
            (7, 9, "h"),
            (8, 9, ""),
            (u64::MAX, 9, ""),
        ] {
            assert_eq!(object.read(offset, limit), expected, "{offset}");
        }
        let full = object.push("ijk".into(), &objects);
        assert!(matches!(full, Err(DataError::Full(_))), "{full:?}");
        object.push("ij".into(), &objects).unwrap();
        let key = DataKey {
            image: ImageId::random(),
            upload: UploadId::random(),
        };
        objects.put(key, object);
        let reader = objects.get(&key).unwrap();
        objects.remove(&key);
        assert!(objects.get(&key).is_none());
        let mut next = MemoryObject::default();
        assert!(next.push("k".into(), &objects).is_err());
        drop(reader);
        next.push("0123456789".into(), &objects).unwrap();
        assert_eq!(MemoryObject::default().read(0, 1), "");
    }
}

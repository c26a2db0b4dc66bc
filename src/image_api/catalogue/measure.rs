//! The length and the digest of a JSON answer before it is written.

use std::io;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::http::HttpError;

/// How many bytes of a digest an entity tag has: enough to tell all states apart.
const DIGEST_BYTES: usize = 16;

/// The length of `value` as JSON, in bytes.
pub(in crate::image_api) fn json_bytes(value: &impl Serialize) -> Result<usize, HttpError> {
    let mut counter = Counter(0);
    serde_json::to_writer(&mut counter, value)
        .map_err(|error| HttpError::Internal(error.into()))?;
    Ok(counter.0)
}

/// A digest of `value` as JSON, in hexadecimal digits.
pub(super) fn json_digest(value: &impl Serialize) -> Result<String, HttpError> {
    let mut hash = Hash(Sha256::new());
    serde_json::to_writer(&mut hash, value).map_err(|error| HttpError::Internal(error.into()))?;
    Ok(hex::encode(&hash.0.finalize()[..DIGEST_BYTES]))
}

/// Counts what is written to it.
struct Counter(usize);

impl io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Hashes what is written to it.
struct Hash(Sha256);

impl io::Write for Hash {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

//! Why an export or import ended early.

use std::io;

use crate::image::Refusal;
use crate::store::StoreError;

/// An export or import was aborted.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// Reading or writing the lines failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A line does not parse as an image.
    #[error("line {number}: {source}")]
    Line {
        /// The number of the line, from 1.
        number: u64,
        /// The parser's error.
        source: serde_json::Error,
    },
    /// An image breaks a rule of every store.
    #[error("line {number}: {source}")]
    Refused {
        /// The number of the line, from 1.
        number: u64,
        /// The rule.
        source: Refusal,
    },
    /// The store failed to create an image.
    #[error("line {number}: {source}{}", cause_suffix(source))]
    Create {
        /// The number of the line, from 1.
        number: u64,
        /// The store's error.
        source: StoreError,
    },
    /// The store failed to read its images.
    #[error("{source}{}", cause_suffix(source))]
    Store {
        /// The store's error.
        #[from]
        source: StoreError,
    },
}

/// The cause of a store error. A command has no log, so its message includes the cause.
fn cause_suffix(error: &StoreError) -> String {
    std::error::Error::source(error)
        .map(|source| format!(": {source}"))
        .unwrap_or_default()
}

//! Why the data store failed.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

use crate::budget::BudgetExhaustedError;

type Source = Box<dyn Error + Send + Sync>;

/// Why data was not written or not read.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// There is no room for the data: the disk is full, or a limit of the data store is reached.
    #[error("the data store has no room left")]
    Full(#[source] Source),
    /// The data store is unreachable, or refused. A later try may succeed.
    #[error("the data store is not available")]
    Unavailable(#[source] Source),
    /// The data is not there.
    #[error("the data store does not have the data")]
    Missing,
    /// The memory budget of the process is exhausted.
    #[error(transparent)]
    Memory(#[from] BudgetExhaustedError),
}

/// Why a data store cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum DataOpenError {
    /// The directory cannot be used.
    #[error("data.url: {}: {source}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The options are not usable. The message starts with the key.
    #[error("data.{0}")]
    Options(String),
    /// The S3 service cannot be reached with these options.
    #[error("data: {0}")]
    S3(String),
}

impl From<object_store::Error> for DataError {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => Self::Missing,
            error if is_full(&error) => Self::Full(error.into()),
            error => Self::Unavailable(error.into()),
        }
    }
}

impl From<io::Error> for DataError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Self::Missing,
            _ if is_full(&error) => Self::Full(error.into()),
            _ => Self::Unavailable(error.into()),
        }
    }
}

/// Whether the cause of `error` is a lack of room on a disk.
fn is_full(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
        let is_full = matches!(
            kind,
            Some(ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
        );
        if is_full {
            return true;
        }
        cause = error.source();
    }
    false
}

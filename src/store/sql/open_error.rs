//! Why a database could not be opened.

use super::drivers::SqlError;
use crate::store::error::{Source, StoreError};

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A newer version of this program has migrated the schema.
    #[error(
        "the database is newer than this program: its schema has version {found}, the newest known here is {known}"
    )]
    Newer {
        /// The version of the database's schema.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// The schema is older than this program, and was opened without migrating it.
    #[error(
        "the database is older than this program: its schema has version {found}, and {known} is needed; the service \
         brings it up to date when it starts"
    )]
    Older {
        /// The version of the database's schema.
        found: i64,
        /// The version that this program needs.
        known: i64,
    },
    /// The database has no tables, and was opened without making them.
    #[error(
        "the database has none of the tables of this program; the service makes them when it starts"
    )]
    NoTables,
    /// The database is unreachable or overloaded. A later try may succeed.
    #[error("the database is not available: {0}")]
    Unavailable(#[source] Source),
    /// Any other error. Another try fails too.
    #[error("the database cannot be used: {0}")]
    Failed(#[source] Source),
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(source) => Self::Unavailable(source),
            StoreError::Overloaded(exhausted) => Self::Unavailable(exhausted.into()),
            StoreError::Internal(source) => Self::Failed(source),
        }
    }
}

impl From<SqlError> for OpenError {
    fn from(error: SqlError) -> Self {
        // Another process is opening the database. Locks exclude most others, but not those on
        // another node of a cluster.
        if let SqlError::Duplicate(source) = error {
            return Self::Unavailable(source);
        }
        StoreError::from(error).into()
    }
}

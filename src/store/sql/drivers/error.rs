//! The errors of the databases: whether another attempt may help, and which [`StoreError`] the
//! caller gets in the end. Each driver has a file that classifies its own errors.

use crate::store::error::{Source, StoreError};
use crate::store::plan::SelectionError;

/// Why an attempt failed. It has written nothing, except that an `Unavailable` during a commit
/// leaves that unknown.
#[derive(Debug)]
pub(in crate::store::sql) enum SqlError {
    /// Another transaction came first or held a lock. Retry.
    Conflict(Source),
    /// The connection broke. Retry on another connection.
    Lost(Source),
    /// The server has done nothing, and nothing will work on this connection. Retry on another one.
    Unusable(Source),
    /// The write changes something, and was decided without keeping other writers waiting. Retry
    /// with them waiting.
    Unlocked,
    /// The query takes long. Run it again where it keeps nobody waiting.
    Slow,
    /// A row with this key exists already.
    Duplicate(Source),
    /// The images have this many bytes, more than the attempt's limit. Retry with this limit.
    TooLarge(usize),
    /// The write asks for more than the attempt has read. Retry with that read too.
    Unread,
    /// The database is unreachable or overloaded. Do not retry now; a later call may succeed.
    Unavailable(Source),
    /// Any other error. Another attempt fails too.
    Internal(Source),
}

impl SqlError {
    /// Turns an error of a commit into one that is not retried: the transaction may have been
    /// committed although the connection broke, and a retry could write it twice.
    pub(super) fn during_commit(self) -> Self {
        match self {
            Self::Lost(source) => Self::Unavailable(source),
            other => other,
        }
    }

    /// The database holds a value that this program cannot have written.
    pub(in crate::store::sql) fn unreadable(source: impl Into<Source>) -> Self {
        Self::Internal(source.into())
    }

    /// A statement that writes has reached its time-out.
    pub(super) fn timed_out() -> Self {
        Self::Unavailable("a statement that writes took longer than the time-out".into())
    }

    /// No process writes, although one holds the lock of the database.
    pub(super) fn stalled() -> Self {
        Self::Unavailable(
            "no progress: another process holds the lock of the database, or every connection is busy"
                .into(),
        )
    }

    /// Whether the connection can no longer be used.
    pub(in crate::store::sql) fn broke_the_connection(&self) -> bool {
        matches!(self, Self::Lost(_) | Self::Unusable(_))
    }
}

impl From<SqlError> for StoreError {
    fn from(error: SqlError) -> Self {
        match error {
            SqlError::Conflict(source)
            | SqlError::Lost(source)
            | SqlError::Unusable(source)
            | SqlError::Unavailable(source) => Self::Unavailable(source),
            SqlError::Slow => Self::Unavailable("the query took too long".into()),
            SqlError::Unlocked => Self::Internal("a write under the lock was not locked".into()),
            SqlError::Unread => Self::Internal(SelectionError.into()),
            SqlError::TooLarge(size) => {
                Self::Unavailable(format!("{size} bytes of images at once").into())
            }
            SqlError::Duplicate(source) | SqlError::Internal(source) => Self::Internal(source),
        }
    }
}

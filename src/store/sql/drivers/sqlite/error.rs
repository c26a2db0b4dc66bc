//! Classifies the errors of SQLite.

use crate::store::sql::drivers::error::SqlError;

impl From<rusqlite::Error> for SqlError {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(code, _) = &error else {
            return Self::Internal(error.into());
        };
        // The lowest byte of an extended result code is the primary code.
        match (code.extended_code, code.extended_code & 0xff) {
            // CONSTRAINT_PRIMARYKEY, CONSTRAINT_UNIQUE.
            (1555 | 2067, _) => Self::Duplicate(error.into()),
            // BUSY, LOCKED: another process writes.
            (_, 5 | 6) => Self::Conflict(error.into()),
            // INTERRUPT: by the limit of the query.
            (_, 9) => Self::Slow,
            // PERM, NOMEM, READONLY, IOERR, FULL, CANTOPEN, PROTOCOL.
            (_, 3 | 7 | 8 | 10 | 13 | 14 | 15) => Self::Unavailable(error.into()),
            _ => Self::Internal(error.into()),
        }
    }
}

//! Classifies the errors of PostgreSQL.

use crate::store::sql::drivers::error::SqlError;

impl From<tokio_postgres::Error> for SqlError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(code) = error.code() else {
            // The connection broke, or could not be made.
            return Self::Lost(error.into());
        };
        let is_in = |classes: &[&str]| classes.iter().any(|class| code.code().starts_with(class));
        match code.code() {
            // Unique violation.
            "23505" => Self::Duplicate(error.into()),
            // Serialization failure, deadlock, lock not available.
            "40001" | "40P01" | "55P03" => Self::Conflict(error.into()),
            // Connection exceptions; shutdowns and crashes.
            _ if is_in(&["08", "57P"]) => Self::Lost(error.into()),
            // - 25P03, 25P04: idle-in-transaction and transaction time-outs, which end the session.
            // - 25006: the server is read-only. After a failover, another server may be the primary
            //   behind the same address.
            // - 0A000: "cached plan must not change result type". A migration has changed a table,
            //   and the connection has prepared its statements before. No statement of this program
            //   has this code for another reason.
            _ if is_in(&["25P03", "25P04", "25006", "0A000"]) => Self::Unusable(error.into()),
            // Out of disk, memory or connections; a cancelled statement; a login or database that
            // does not exist (yet).
            _ if is_in(&["53", "57", "58", "28", "3D"]) => Self::Unavailable(error.into()),
            _ => Self::Internal(error.into()),
        }
    }
}

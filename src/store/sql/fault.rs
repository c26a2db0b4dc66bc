//! What a failed statement means: whether it is worth another try, and what the caller is told in the end.

use sqlx::error::DatabaseError;

use crate::budget::BudgetExhaustedError;
use crate::store::{Source, StoreError};

/// Why a try failed. Nothing was written by it, or it is `Unavailable`.
#[derive(Debug)]
pub(super) enum Fault {
    /// Somebody else was faster, or stood in the way: worth another try.
    Conflict(Source),
    /// The connection broke: worth another try with another one.
    Lost(Source),
    /// Another one of this process is writing: worth another try when it is this one's turn.
    Busy,
    /// An image, or a page of them, needs room for so many bytes: worth another try with that.
    TooLarge(usize),
    /// Trying again may help, but later.
    Unavailable(Source),
    /// Trying again does not help.
    Internal(Source),
}

impl Fault {
    /// The same, when the fault came from what may have been written all the same: another try could write it twice.
    pub(super) fn of_a_write(self) -> Self {
        match self {
            Self::Lost(source) => Self::Unavailable(source),
            other => other,
        }
    }

    /// Something in the database that this program did not put there.
    pub(super) fn unreadable(source: impl Into<Source>) -> Self {
        Self::Internal(source.into())
    }

    /// Whether the connection is of no more use.
    pub(super) fn broke_the_connection(&self) -> bool {
        matches!(self, Self::Lost(_))
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Conflict(source) | Fault::Lost(source) | Fault::Unavailable(source) => {
                Self::Unavailable(source)
            }
            Fault::Busy => Self::Unavailable("somebody else is writing".into()),
            Fault::TooLarge(size) => Self::Unavailable(format!("{size} bytes at once").into()),
            Fault::Internal(source) => Self::Internal(source),
        }
    }
}

impl From<BudgetExhaustedError> for Fault {
    fn from(exhausted: BudgetExhaustedError) -> Self {
        Self::Unavailable(exhausted.into())
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(of_database) => match Kind::of(&**of_database) {
                Kind::Conflict => Self::Conflict(error.into()),
                Kind::Lost => Self::Lost(error.into()),
                Kind::Unavailable => Self::Unavailable(error.into()),
                Kind::Other => Self::Internal(error.into()),
            },
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::WorkerCrashed => Self::Lost(error.into()),
            _ => Self::Internal(error.into()),
        }
    }
}

enum Kind {
    Conflict,
    #[cfg_attr(
        not(any(feature = "mysql", feature = "postgres")),
        expect(dead_code, reason = "a file does not go away")
    )]
    Lost,
    Unavailable,
    Other,
}

impl Kind {
    fn of(error: &(dyn DatabaseError + 'static)) -> Self {
        #[cfg(feature = "mysql")]
        if let Some(error) =
            (error as &dyn std::error::Error).downcast_ref::<sqlx::mysql::MySqlDatabaseError>()
        {
            return Self::of_mariadb(error.number());
        }
        let code = error.code().unwrap_or_default();
        #[cfg(feature = "postgres")]
        if (error as &dyn std::error::Error).is::<sqlx::postgres::PgDatabaseError>() {
            return Self::of_postgres(&code);
        }
        // SQLite's extended codes have the primary one in the lowest byte.
        code.parse()
            .map_or(Self::Other, |code: i32| Self::of_sqlite(code & 0xff))
    }

    /// By the `SQLSTATE`.
    #[cfg(feature = "postgres")]
    fn of_postgres(code: &str) -> Self {
        let is_of = |classes: &[&str]| classes.iter().any(|class| code.starts_with(class));
        match code {
            // A serialization failure, a deadlock, a lock that was not to be had.
            "40001" | "40P01" | "55P03" => Self::Conflict,
            // Connections, shutdowns and crashes; a transaction that lasted too long, which ends the session; a server that
            // only reads: another one may have taken its place behind the same address.
            // And "cached plan must not change result type": a migration has changed a table, and every connection has
            // prepared its statements before. None of ours is otherwise a feature that is not supported.
            _ if is_of(&["08", "57P", "25P03", "25P04", "25006", "0A000"]) => Self::Lost,
            // Out of disk, memory, connections; a cancelled statement; a login or a database that is not there (yet).
            _ if is_of(&["53", "57", "58", "28", "3D"]) => Self::Unavailable,
            _ => Self::Other,
        }
    }

    /// By the number.
    #[cfg(feature = "mysql")]
    fn of_mariadb(number: u16) -> Self {
        match number {
            // A lock that was not to be had, a deadlock (Galera's conflicts too), a row changed since it was read.
            1205 | 1213 | 1020 => Self::Conflict,
            // The server is stopping, the connection was killed or has ended; a server that only reads: another one may have
            // taken its place behind the same address.
            1053 | 1077 | 1079 | 1152..=1161 | 1184 | 1290 | 1317 | 1836 | 1927 | 2006 | 2013 => {
                Self::Lost
            }
            // Connections, disk, memory and prepared statements that are used up, a file that cannot be written, a statement
            // that took too long, a login or a database that is not there (yet), a node of a cluster that is not ready or
            // went away in a commit (1180).
            3 | 1021 | 1026 | 1030 | 1037 | 1040 | 1041 | 1044 | 1045 | 1047 | 1049 | 1114
            | 1129 | 1135 | 1180 | 1203 | 1226 | 1461 | 1698 | 1969 => Self::Unavailable,
            _ => Self::Other,
        }
    }

    /// By the primary result code.
    fn of_sqlite(code: i32) -> Self {
        match code {
            // BUSY and LOCKED: another process writes.
            5 | 6 => Self::Conflict,
            // PERM, NOMEM, READONLY, IOERR, FULL, CANTOPEN, PROTOCOL.
            3 | 7 | 8 | 10 | 13 | 14 | 15 => Self::Unavailable,
            _ => Self::Other,
        }
    }
}

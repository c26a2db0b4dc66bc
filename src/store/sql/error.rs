//! Classifies the errors of the drivers: whether another attempt may help, and which
//! [`StoreError`] the caller gets in the end.

use sqlx::error::DatabaseError;

use crate::budget::BudgetExhaustedError;
use crate::store::error::{Source, StoreError};
use crate::store::plan::SelectionError;

/// The outcome of one attempt: an answer for the caller, which may be a refusal, or an error of the
/// database, after which another attempt may help.
pub(super) type Attempt<T, E> = Result<Result<T, E>, SqlError>;

/// Why an attempt failed. It has written nothing, except that an `Unavailable` during a commit
/// leaves that unknown.
#[derive(Debug)]
pub(super) enum SqlError {
    /// Another transaction came first or held a lock. Retry.
    Conflict(Source),
    /// The connection broke. Retry on another connection.
    Lost(Source),
    /// Another writer of this process holds the write permit. Retry with the permit.
    Busy,
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
    pub(super) fn unreadable(source: impl Into<Source>) -> Self {
        Self::Internal(source.into())
    }

    /// No process writes, although one holds the lock of the database.
    pub(super) fn stalled() -> Self {
        Self::Unavailable(
            "no progress: another process holds the lock of the database, or every connection is busy"
                .into(),
        )
    }

    /// Whether the connection can no longer be used.
    pub(super) fn broke_the_connection(&self) -> bool {
        matches!(self, Self::Lost(_))
    }
}

impl From<SqlError> for StoreError {
    fn from(error: SqlError) -> Self {
        match error {
            SqlError::Conflict(source) | SqlError::Lost(source) | SqlError::Unavailable(source) => {
                Self::Unavailable(source)
            }
            SqlError::Busy => {
                Self::Unavailable("another writer of this process holds the write permit".into())
            }
            SqlError::Unread => Self::Internal(SelectionError.into()),
            SqlError::TooLarge(size) => {
                Self::Unavailable(format!("{size} bytes of images at once").into())
            }
            SqlError::Internal(source) => Self::Internal(source),
        }
    }
}

impl From<BudgetExhaustedError> for SqlError {
    fn from(exhausted: BudgetExhaustedError) -> Self {
        Self::Unavailable(exhausted.into())
    }
}

impl From<sqlx::Error> for SqlError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database_error) => match Kind::of(&**database_error) {
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

/// The classes of database errors.
enum Kind {
    Conflict,
    #[cfg_attr(
        not(any(feature = "mysql", feature = "postgres")),
        expect(dead_code, reason = "SQLite has no connection to lose")
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
        // The lowest byte of an extended result code of SQLite is the primary code.
        code.parse()
            .map_or(Self::Other, |code: i32| Self::of_sqlite(code & 0xff))
    }

    /// Classifies a PostgreSQL error by its `SQLSTATE`.
    #[cfg(feature = "postgres")]
    fn of_postgres(code: &str) -> Self {
        let is_in = |classes: &[&str]| classes.iter().any(|class| code.starts_with(class));
        match code {
            // Serialization failure, deadlock, lock not available.
            "40001" | "40P01" | "55P03" => Self::Conflict,
            // - 08: connection exceptions; 57P: shutdowns and crashes.
            // - 25P03, 25P04: idle-in-transaction and transaction time-outs, which end the session.
            // - 25006: the server is read-only. After a failover, another server may be the primary
            //   behind the same address.
            // - 0A000: "cached plan must not change result type". A migration has changed a table,
            //   and the connection has prepared its statements before. No statement of this program
            //   has this code for another reason.
            _ if is_in(&["08", "57P", "25P03", "25P04", "25006", "0A000"]) => Self::Lost,
            // Out of disk, memory or connections; a cancelled statement; a login or database that
            // does not exist (yet).
            _ if is_in(&["53", "57", "58", "28", "3D"]) => Self::Unavailable,
            _ => Self::Other,
        }
    }

    /// Classifies a MariaDB error by its number.
    #[cfg(feature = "mysql")]
    fn of_mariadb(number: u16) -> Self {
        match number {
            // Lock wait time-out; deadlock, which Galera also reports for conflicts; a row changed
            // since it was read.
            1205 | 1213 | 1020 => Self::Conflict,
            // The server shuts down; the connection was killed or has ended; the server is
            // read-only: after a failover, another server may be the primary behind the same
            // address.
            1053 | 1077 | 1079 | 1152..=1161 | 1184 | 1290 | 1317 | 1836 | 1927 | 2006 | 2013 => {
                Self::Lost
            }
            // Out of connections, disk, memory or prepared statements; a file that cannot be
            // written; a statement that timed out; a login or database that does not exist (yet); a
            // cluster node that is not ready, or that left the cluster during a commit (1180).
            3 | 1021 | 1026 | 1030 | 1037 | 1040 | 1041 | 1044 | 1045 | 1047 | 1049 | 1114
            | 1129 | 1135 | 1180 | 1203 | 1226 | 1461 | 1698 | 1969 => Self::Unavailable,
            _ => Self::Other,
        }
    }

    /// Classifies a SQLite error by its primary result code.
    fn of_sqlite(code: i32) -> Self {
        match code {
            // BUSY, LOCKED: another process writes.
            5 | 6 => Self::Conflict,
            // PERM, NOMEM, READONLY, IOERR, FULL, CANTOPEN, PROTOCOL.
            3 | 7 | 8 | 10 | 13 | 14 | 15 => Self::Unavailable,
            _ => Self::Other,
        }
    }
}

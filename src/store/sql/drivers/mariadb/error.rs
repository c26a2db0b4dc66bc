//! Classifies the errors of MariaDB.

use sqlx::mysql::MySqlDatabaseError;

use crate::store::sql::drivers::error::SqlError;

impl From<sqlx::Error> for SqlError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database_error) => {
                match database_error.try_downcast_ref::<MySqlDatabaseError>() {
                    Some(of_server) => of_number(of_server.number(), error),
                    None => Self::Internal(error.into()),
                }
            }
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::Protocol(_)
            | sqlx::Error::WorkerCrashed => Self::Lost(error.into()),
            _ => Self::Internal(error.into()),
        }
    }
}

fn of_number(number: u16, error: sqlx::Error) -> SqlError {
    let error = error.into();
    match number {
        // Duplicate entry; duplicate key.
        1062 | 1586 => SqlError::Duplicate(error),
        // Lock wait time-out; deadlock, which Galera also reports for conflicts; a row changed
        // since it was read.
        1205 | 1213 | 1020 => SqlError::Conflict(error),
        // The server shuts down; the connection was killed or has ended.
        1053 | 1077 | 1079 | 1152..=1161 | 1184 | 1317 | 1927 | 2006 | 2013 => {
            SqlError::Lost(error)
        }
        // The server is read-only: after a failover, another server may be the primary behind the
        // same address.
        1290 | 1836 => SqlError::Unusable(error),
        // Out of connections, disk, memory or prepared statements; a file that cannot be written; a
        // statement that timed out; a login or database that does not exist (yet); a cluster node
        // that is not ready, or that left the cluster during a commit (1180).
        3 | 1021 | 1026 | 1030 | 1037 | 1040 | 1041 | 1044 | 1045 | 1047 | 1049 | 1114 | 1129
        | 1135 | 1180 | 1203 | 1226 | 1461 | 1698 | 1969 => SqlError::Unavailable(error),
        _ => SqlError::Internal(error),
    }
}

//! [`GlanceDatabase`]: a connection to Glance's database for one command.

use std::time::Duration;

use crate::store::error::{Source, StoreError};
use crate::store::sql::drivers::{Database, PooledConnection, SqlError, SqlUrl, Statement};

/// Glance's database, for the commands of an operator. Each statement ends after the time-out.
#[derive(Debug)]
pub struct GlanceDatabase {
    pub(super) database: Database,
}

/// Why a command on Glance's database stopped.
#[derive(Debug, thiserror::Error)]
pub enum GlanceDatabaseError {
    /// The database failed, or cannot be reached.
    #[error("Glance's database: {0}")]
    Database(#[source] Source),
    /// It does not look like Glance's database.
    #[error("this is not a database of Glance 2023.1 or newer: {0}")]
    NotGlance(String),
}

/// The columns of Glance that this program reads or writes.
const COLUMNS: [(&str, &[&str]); 4] = [
    (
        "images",
        &[
            "id",
            "name",
            "disk_format",
            "container_format",
            "size",
            "virtual_size",
            "status",
            "visibility",
            "checksum",
            "os_hash_algo",
            "os_hash_value",
            "min_disk",
            "min_ram",
            "owner",
            "protected",
            "os_hidden",
            "created_at",
            "updated_at",
            "deleted",
        ],
    ),
    (
        "image_tags",
        &[
            "id",
            "image_id",
            "value",
            "created_at",
            "updated_at",
            "deleted_at",
            "deleted",
        ],
    ),
    (
        "image_properties",
        &["image_id", "name", "value", "deleted"],
    ),
    (
        "image_members",
        &[
            "image_id",
            "member",
            "status",
            "created_at",
            "updated_at",
            "deleted_at",
            "deleted",
        ],
    ),
];

impl GlanceDatabase {
    /// The database at `url`. With `read_only`, nothing can be changed in it, so that it may be a
    /// replica.
    #[must_use]
    pub fn new(url: SqlUrl, timeout: Duration, read_only: bool) -> Self {
        Self {
            database: Database::new(url, 1, timeout, read_only),
        }
    }

    /// Connects, and makes sure that the database has the tables of Glance.
    pub(super) async fn connect(&self) -> Result<PooledConnection<'_>, GlanceDatabaseError> {
        let mut connection = self.database.acquire().await?;
        for (table, columns) in COLUMNS {
            let query = Statement::new(
                "SELECT column_name FROM information_schema.columns \
                 WHERE table_schema = DATABASE() AND table_name = ?",
            );
            let found = connection
                .fetch(query.with(table), |row| {
                    Ok(row.text()?.unwrap_or_default().to_owned())
                })
                .await?;
            let missing = columns
                .iter()
                .find(|column| !found.iter().any(|name| name == *column));
            if let Some(missing) = missing {
                let missing = format!("{table}.{missing} is missing");
                return Err(GlanceDatabaseError::NotGlance(missing));
            }
        }
        Ok(connection)
    }
}

impl From<SqlError> for GlanceDatabaseError {
    fn from(error: SqlError) -> Self {
        match error.into() {
            StoreError::Unavailable(source) | StoreError::Internal(source) => {
                Self::Database(source)
            }
            StoreError::Overloaded(exhausted) => Self::Database(exhausted.into()),
        }
    }
}

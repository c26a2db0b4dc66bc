//! What tells whether an image is still the same.

use jiff::Timestamp;

use super::read::time;
use crate::image::{Image, ImageId};
use crate::store::sql::drivers::{ColumnReader, Database, SqlError, Statement};

/// The version of an image. Each write raises the revision. An image that was deleted and created
/// again under the same id may have the same revision, but not the same times.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::store::sql) struct Version {
    revision: u64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl Version {
    /// The version of an image that was read.
    pub(in crate::store::sql) fn of(image: &Image) -> Self {
        Self {
            revision: image.revision(),
            created_at: image.created_at(),
            updated_at: image.updated_at(),
        }
    }

    /// Reads the version from the next columns, which are revision, `created_at` and
    /// `updated_at`.
    pub(super) fn read(row: &mut ColumnReader<'_>) -> Result<Self, SqlError> {
        Ok(Self {
            revision: row.count()?,
            created_at: time(row.number()?)?,
            updated_at: time(row.number()?)?,
        })
    }
}

/// Reads the version of an image; `None` if the image does not exist.
pub(in crate::store::sql) async fn version(
    database: &Database,
    id: ImageId,
) -> Result<Option<Version>, SqlError> {
    let text = "SELECT i.revision, i.created_at, i.updated_at FROM images i WHERE i.id = ?";
    database
        .fetch_first(Statement::new(text).with(id), Version::read)
        .await
}

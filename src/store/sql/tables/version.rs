//! What tells whether an image is still the same.

use crate::image::{Image, ImageId, WriteId};
use crate::store::sql::drivers::{ColumnReader, SqlError, Statement};

/// The version of an image.
///
/// Each write raises the revision, also that of a program that keeps the id of the write as it was.
/// An image that was deleted and imported again may have the same revision and times, but comes
/// from another write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store::sql) struct Version {
    revision: u64,
    write_id: WriteId,
}

impl Version {
    /// The columns of a version, of an image `i`.
    pub(super) const COLUMNS: &str = "i.revision AS revision, i.write_id AS write_id";

    /// Whether no other content of the image has this version, as long as every write raises the
    /// revision of the one before it. A program that knows no ids of writes may break that: if a
    /// server loses a write that it has acknowledged, such a program may repeat its revision.
    pub(super) fn is_unique(self) -> bool {
        self.write_id.is_known()
    }

    /// The statement that reads the version of an image.
    pub(super) fn statement(id: ImageId) -> Statement {
        const TEXT: &str = "SELECT i.revision, i.write_id FROM images i WHERE i.id = ?";
        Statement::new(TEXT).with(id)
    }

    /// Reads the version from the next columns.
    pub(super) fn read(row: &mut ColumnReader<'_>) -> Result<Self, SqlError> {
        Ok(Self {
            revision: row.count()?,
            write_id: row.number()?.into(),
        })
    }
}

impl From<&Image> for Version {
    fn from(image: &Image) -> Self {
        Self {
            revision: image.revision(),
            write_id: image.write_id(),
        }
    }
}

//! What tells whether an image is still the same.

use crate::image::{Image, ImageId};
use crate::store::sql::drivers::{ColumnReader, SqlError, Statement, Value};

/// The column of the [`WriteId`].
pub(super) const WRITE_ID: &str = "write_id";

/// The random id of the write that an image comes from. All images of one write have the same.
///
/// It is 0 if a program wrote the image that knows no such ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store::sql) struct WriteId(i64);

impl WriteId {
    /// A new id, or 0 if the operating system has no random numbers.
    pub(in crate::store::sql) fn random() -> Self {
        let random = getrandom::u64().unwrap_or_default();
        Self((random >> 1).cast_signed())
    }

    /// Reads the id from the next column.
    pub(super) fn read(row: &mut ColumnReader<'_>) -> Result<Self, SqlError> {
        row.number().map(Self)
    }
}

impl From<WriteId> for Value {
    fn from(id: WriteId) -> Self {
        id.0.into()
    }
}

/// The version of an image.
///
/// Each write raises the revision, also that of a program that keeps the write id as it was. An
/// image that was deleted and imported again may have the same revision and times, but has another
/// write id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store::sql) struct Version {
    revision: u64,
    write_id: WriteId,
}

impl Version {
    /// The columns of a version, of an image `i`.
    pub(super) const COLUMNS: &str = "i.revision AS revision, i.write_id AS write_id";

    /// The version of an image that this write has written or that was read with this id.
    pub(in crate::store::sql) fn of(image: &Image, write_id: WriteId) -> Self {
        Self {
            revision: image.revision(),
            write_id,
        }
    }

    /// Whether no other content of the image can have this version.
    pub(super) fn is_unique(self) -> bool {
        self.write_id.0 != 0
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
            write_id: WriteId::read(row)?,
        })
    }
}

//! Reads the rows of Glance's tags, those of removed tags too.

use crate::store::sql::drivers::{ColumnReader, Connection, SqlError, Statement};

/// How many rows a page has at most.
pub(super) const PAGE_LENGTH: usize = 1000;

/// A row of `image_tags`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TagRow {
    pub(super) id: i64,
    pub(super) image: String,
    pub(super) tag: String,
    /// Whether the image has the tag, or had it.
    pub(super) is_live: bool,
    /// For a live row, the first live row of the image whose tag is the same to the database.
    pub(super) first_alike: Option<i64>,
    /// In UTC, to the second.
    pub(super) created_at: String,
    pub(super) deleted_at: Option<String>,
    pub(super) is_of_deleted_image: bool,
}

/// Where a page starts: after the row with this id of this image.
#[derive(Clone, Debug)]
pub(super) struct Key(String, i64);

impl TagRow {
    pub(super) fn key(&self) -> Key {
        Key(self.image.clone(), self.id)
    }
}

/// A column of times as a text.
macro_rules! time {
    ($column:literal) => {
        concat!("DATE_FORMAT(", $column, ", '%Y-%m-%dT%H:%i:%sZ')")
    };
}

/// The columns of a [`TagRow`].
const SELECT: &str = concat!(
    "SELECT t.id, t.image_id, t.value, CAST(t.deleted AS SIGNED), ",
    "CASE WHEN t.deleted = 0 THEN (SELECT MIN(x.id) FROM image_tags x ",
    "WHERE x.image_id = t.image_id AND x.value = t.value AND x.deleted = 0) END, ",
    time!("t.created_at"),
    ", ",
    time!("t.deleted_at"),
    ", CAST(i.deleted AS SIGNED) FROM image_tags t JOIN images i ON i.id = t.image_id "
);

/// The ids are ASCII in whatever character set the column has: so the index finds them.
const AFTER: &str = "WHERE t.image_id > CONVERT(? USING ascii) \
                     OR (t.image_id = CONVERT(? USING ascii) AND t.id > ?) ";

/// Reads the page of rows after `after`, in the order of images and rows.
pub(super) async fn page(
    connection: &mut Connection,
    after: Option<&Key>,
) -> Result<Vec<TagRow>, SqlError> {
    let mut query = Statement::new(SELECT);
    if let Some(Key(image, id)) = after {
        let after = Statement::new(AFTER);
        query.push(after.with(image.as_str()).with(image.as_str()).with(*id));
    }
    query.push(Statement::new("ORDER BY t.image_id, t.id LIMIT ?").with(PAGE_LENGTH));
    connection.fetch(query, row).await
}

fn text(columns: &mut ColumnReader<'_>) -> Result<Option<String>, SqlError> {
    Ok(columns.text()?.map(str::to_owned))
}

fn row(columns: &mut ColumnReader<'_>) -> Result<TagRow, SqlError> {
    Ok(TagRow {
        id: columns.number()?,
        image: text(columns)?.unwrap_or_default(),
        tag: text(columns)?.unwrap_or_default(),
        is_live: columns.number()? == 0,
        first_alike: columns.optional_number()?,
        created_at: text(columns)?.unwrap_or_default(),
        deleted_at: text(columns)?,
        is_of_deleted_image: columns.number()? != 0,
    })
}

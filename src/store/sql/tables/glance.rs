//! Tags in the database of a Glance. Glance keeps each tag of an image as a row, and marks the row
//! when the tag is removed.
//!
//! A write locks a row of its own for each image, and never a row of Glance's `images`: Glance
//! saves tags in a transaction that needs that row, and answers 500 if it cannot have it.

use crate::image::{ImageId, Refusal, Tag};
use crate::store::plan::ImageWrite;
use crate::store::sql::drivers::{Connection, SqlError, Statement, count, placeholder_rows};

/// Locks the image against other writes of tags until the transaction ends.
pub(super) async fn lock_image(connection: &mut Connection, id: ImageId) -> Result<(), SqlError> {
    let lock = Statement::new(
        "INSERT INTO image_locks (image_id, updated_at, writes) VALUES (?, 0, 1) \
         ON DUPLICATE KEY UPDATE writes = writes + 1",
    );
    connection.execute(lock.with(id)).await.map(drop)
}

/// Writes the tags of an image that was read under its lock. The write was [checked](check).
pub(in crate::store::sql) async fn write(
    connection: &mut Connection,
    write: &ImageWrite,
) -> Result<(), SqlError> {
    let (Some(before), Some(after)) = (&write.before, &write.after) else {
        return Ok(());
    };
    let removed: Vec<_> = before
        .tags
        .iter()
        .filter(|tag| !after.tags.contains(tag))
        .collect();
    let added: Vec<_> = after
        .tags
        .iter()
        .filter(|tag| !before.tags.contains(tag))
        .collect();
    if !removed.is_empty() {
        remove(connection, after.id(), &removed).await?;
    }
    if !added.is_empty() {
        add(connection, after.id(), &added).await?;
        still_exists(connection, after.id()).await?;
    }
    let time = Statement::new("UPDATE image_locks SET updated_at = ? WHERE image_id = ?");
    let time = time.with(after.updated_at()).with(after.id());
    connection.execute(time).await.map(drop)
}

/// Checks that Glance has not deleted the image since it was read. From the insertion of a tag on,
/// Glance waits for the end of this transaction before it does.
async fn still_exists(connection: &mut Connection, id: ImageId) -> Result<(), SqlError> {
    let query = Statement::new("SELECT COUNT(*) FROM images WHERE id = ?").with(id);
    if connection.fetch_number(query).await? > 0 {
        Ok(())
    } else {
        Err(SqlError::Conflict(
            "the image was deleted at the same time".into(),
        ))
    }
}

/// Why the writes are refused: they change more than tags, or the database cannot keep a tag.
pub(in crate::store::sql) async fn check(
    connection: &mut Connection,
    writes: &[ImageWrite],
) -> Result<Option<Refusal>, SqlError> {
    let is_of_tags = writes
        .iter()
        .all(|write| match (&write.before, &write.after) {
            (Some(before), Some(after)) => after.has_the_same_but_tags(before),
            _ => false,
        });
    let refusal = (!is_of_tags).then_some(Refusal::OfGlance);
    let after = writes.iter().filter_map(|write| write.after.as_ref());
    let mut tags = after.flat_map(|after| &after.tags);
    let Some(tag) = tags.find(|tag| has_large_characters(tag)) else {
        return Ok(refusal);
    };
    let query = "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() \
                 AND table_name = 'glance_tags' AND column_name = 'value' AND character_set_name = 'utf8mb4'";
    let is_storable = connection.fetch_number(query).await? > 0;
    if is_storable {
        Ok(refusal)
    } else {
        Ok(Some(Refusal::NotStorable(tag.clone())))
    }
}

/// Whether a character of the tag takes four bytes, which Glance's own tables have no place for
/// unless an operator has converted them.
fn has_large_characters(tag: &Tag) -> bool {
    tag.as_str()
        .chars()
        .any(|character| character.len_utf8() > 3)
}

/// Marks all rows of the tags, of which there may be several.
///
/// It reads their ids first, without locks: a save of Glance locks rows of the image one after the
/// other, and a search that locks others than those to be marked could keep it from its end.
async fn remove(connection: &mut Connection, id: ImageId, tags: &[&Tag]) -> Result<(), SqlError> {
    let values = placeholder_rows(1, tags.len());
    let query = Statement::new(format!(
        "SELECT id FROM glance_tags WHERE image_id = ? AND deleted = 0 \
         AND CONVERT(value USING utf8mb4) COLLATE utf8mb4_nopad_bin IN {values} ORDER BY id"
    ));
    let query = query.with(id);
    let query = query.with_all(tags.iter().map(|tag| tag.as_str()));
    let rows = connection.fetch(query, count::<i64>).await?;
    if rows.is_empty() {
        return Ok(());
    }
    let statement = Statement::new(format!(
        "UPDATE glance_tags SET deleted = 1, deleted_at = UTC_TIMESTAMP(), updated_at = UTC_TIMESTAMP() \
         WHERE id IN {} AND deleted = 0",
        placeholder_rows(1, rows.len())
    ));
    connection.execute(statement.with_all(rows)).await.map(drop)
}

async fn add(connection: &mut Connection, id: ImageId, tags: &[&Tag]) -> Result<(), SqlError> {
    let row = "(?, ?, UTC_TIMESTAMP(), UTC_TIMESTAMP(), 0)";
    let rows = vec![row; tags.len()].join(", ");
    let mut statement = Statement::new(format!(
        "INSERT INTO glance_tags (image_id, value, created_at, updated_at, deleted) VALUES {rows}"
    ));
    for tag in tags {
        statement = statement.with(id).with(tag.as_str());
    }
    connection.execute(statement).await.map(drop)
}

//! Writes images inside a transaction of the caller: inserts, differences and deletions.

use jiff::Timestamp;

use super::part::{former_members, parts};
use crate::image::{Attribute, Image};
use crate::store::plan::ImageWrite;
use crate::store::sql::drivers::{Connection, SqlError, Statement, placeholder_rows};
use crate::store::sql::tables::{column, glance};

/// Writes the size of an image from before the schema had sizes.
pub(in crate::store::sql) async fn update_size(
    connection: &mut Connection,
    image: &Image,
) -> Result<(), SqlError> {
    let statement = Statement::new("UPDATE images SET bytes = ? WHERE id = ?");
    connection
        .execute(statement.with(image.size()).with(image.id()))
        .await
        .map(drop)
}

/// Inserts a new image.
pub(in crate::store::sql) async fn insert(
    connection: &mut Connection,
    image: &Image,
) -> Result<(), SqlError> {
    let columns = Attribute::stored().map(|(_, column)| column);
    let columns: Vec<_> = columns.chain(column::OTHERS).collect();
    let text = format!(
        "INSERT INTO images ({}) VALUES {}",
        columns.join(", "),
        placeholder_rows(1, columns.len())
    );
    let statement = Statement::new(text)
        .with_all(Attribute::stored().map(|(attribute, _)| column::value(attribute, image)))
        .with_all(column::others(image));
    connection.execute(statement).await?;
    for part in parts(image) {
        part.add(
            connection,
            image.id(),
            &part.rows.keys().copied().collect::<Vec<_>>(),
        )
        .await?;
    }
    Ok(())
}

/// Executes `write` if the image is still as it was before. Returns whether it was.
pub(in crate::store::sql) async fn run(
    connection: &mut Connection,
    write: &ImageWrite,
) -> Result<bool, SqlError> {
    if !connection.engine().owns_images() {
        return glance::write(connection, write).await.map(|()| true);
    }
    match (&write.before, &write.after) {
        (Some(before), Some(after)) => update(connection, before, after).await,
        (Some(before), None) => delete(connection, before, write.time).await,
        (None, Some(image)) => insert(connection, image).await.map(|()| true),
        (None, None) => Ok(true),
    }
}

/// Deletes the image. Its members still see its history.
///
/// The row of the image is the first that a deletion writes: of several at once, all but one wait
/// for it and then find it gone.
async fn delete(
    connection: &mut Connection,
    image: &Image,
    time: Timestamp,
) -> Result<bool, SqlError> {
    let mut statement = Statement::new("DELETE FROM images WHERE ");
    statement.push(is_unchanged(image));
    if connection.execute(statement).await? == 0 {
        return Ok(false);
    }
    if !image.members.is_empty() {
        let text = "DELETE FROM image_former_members WHERE image_id = ?";
        connection
            .execute(Statement::new(text).with(image.id()))
            .await?;
        let members = former_members(image, time);
        let projects: Vec<_> = members.rows.keys().copied().collect();
        members.add(connection, image.id(), &projects).await?;
    }
    Ok(true)
}

/// The condition that the stored image is still `image`. An image that was deleted and imported
/// again may have the same revision, but comes from another write. Its times tell that to programs
/// that know no ids of writes, whose images all have the same.
fn is_unchanged(image: &Image) -> Statement {
    let conditions = [
        "id = ?",
        "revision = ?",
        "write_id = ?",
        "created_at = ?",
        "updated_at = ?",
    ];
    Statement::new(conditions.join(" AND "))
        .with(image.id())
        .with(image.revision())
        .with(i64::from(image.write_id()))
        .with(image.created_at())
        .with(image.updated_at())
}

/// Writes the differences between `before` and `after`. Returns `false` if the image is no longer
/// `before`.
async fn update(
    connection: &mut Connection,
    before: &Image,
    after: &Image,
) -> Result<bool, SqlError> {
    if connection.execute(update_of_row(before, after)).await? == 0 {
        return Ok(false);
    }
    for (old, new) in parts(before).iter().zip(parts(after)) {
        old.remove(connection, after.id(), &old.keys_not_in(&new))
            .await?;
        new.add(connection, after.id(), &new.keys_not_in(old))
            .await?;
    }
    Ok(true)
}

/// Writes the columns of the image that differ between `before` and `after`, if the image is still
/// `before`.
pub(super) fn update_of_row(before: &Image, after: &Image) -> Statement {
    let attributes = column::mutable()
        .filter(|(attribute, _)| attribute.value(before) != attribute.value(after))
        .map(|(attribute, column)| (column, column::value(attribute, after)));
    let [old, new] = [column::others(before), column::others(after)];
    let others = column::OTHERS.into_iter().zip(old.into_iter().zip(new));
    let others = others
        .filter(|(_, (old, new))| old != new)
        .map(|(column, (_, new))| (column, new));
    let (columns, values): (Vec<_>, Vec<_>) = attributes.chain(others).unzip();
    let text = format!("UPDATE images SET {} = ? WHERE ", columns.join(" = ?, "));
    let mut statement = Statement::new(text).with_all(values);
    statement.push(is_unchanged(before));
    statement
}

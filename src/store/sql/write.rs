//! Writes images: inserts, differences and deletions, inside a transaction of the caller.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::column;
use super::pool::Connection;
use super::statement::{Statement, Value, placeholder_rows};
use crate::identity::ProjectId;
use crate::image::{Attribute, Image, ImageId};
use crate::store::plan::ImageWrite;

/// The maximum number of rows that one statement writes. Every engine limits the number of values
/// of a statement.
const MAX_STATEMENT_ROWS: usize = 500;

/// A statement takes no further row once it has this many bytes of text. Its last row may exceed
/// it.
const MAX_STATEMENT_BYTES: usize = 1 << 20;

/// Writes the size of an image from before the schema had sizes.
pub(super) async fn update_size(
    connection: &mut Connection<'_>,
    image: &Image,
) -> Result<(), sqlx::Error> {
    let statement = Statement::new("UPDATE images SET bytes = ? WHERE id = ?");
    connection
        .execute(statement.with(image.size()).with(image.id()))
        .await
        .map(drop)
}

/// Inserts a new image.
pub(super) async fn insert(
    connection: &mut Connection<'_>,
    image: &Image,
) -> Result<(), sqlx::Error> {
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
pub(super) async fn run(
    connection: &mut Connection<'_>,
    write: &ImageWrite,
) -> Result<bool, sqlx::Error> {
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
    connection: &mut Connection<'_>,
    image: &Image,
    time: Timestamp,
) -> Result<bool, sqlx::Error> {
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

/// The condition that the stored image is still `image`. An image that was deleted and created
/// again under the same id may have the same revision, but not the same times.
fn is_unchanged(image: &Image) -> Statement {
    let statement = Statement::new("id = ? AND revision = ? AND created_at = ? AND updated_at = ?");
    statement
        .with(image.id())
        .with(image.revision())
        .with(image.created_at())
        .with(image.updated_at())
}

/// Writes the differences between `before` and `after`. Returns `false` if the image is no longer
/// `before`.
async fn update(
    connection: &mut Connection<'_>,
    before: &Image,
    after: &Image,
) -> Result<bool, sqlx::Error> {
    let columns = column::mutable().map(|(_, column)| column);
    let columns: Vec<_> = columns.chain(column::OTHERS).collect();
    let text = format!("UPDATE images SET {} = ? WHERE ", columns.join(" = ?, "));
    let mut statement = Statement::new(text)
        .with_all(column::mutable().map(|(attribute, _)| column::value(attribute, after)))
        .with_all(column::others(after));
    statement.push(is_unchanged(before));
    if connection.execute(statement).await? == 0 {
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

/// A value of a row, borrowed from its image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell<'a> {
    Number(i64),
    Text(Option<&'a str>),
}

impl Cell<'_> {
    fn bytes(self) -> usize {
        match self {
            Self::Number(_) | Self::Text(None) => 8,
            Self::Text(Some(text)) => text.len(),
        }
    }
}

impl From<Cell<'_>> for Value {
    fn from(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Number(number) => number.into(),
            Cell::Text(text) => text.into(),
        }
    }
}

impl From<Timestamp> for Cell<'_> {
    fn from(time: Timestamp) -> Self {
        Self::Number(time.as_microsecond())
    }
}

/// The rows of one image in one of the tables around `images`.
struct Part<'a> {
    table: &'static str,
    /// The column that forms the primary key together with `image_id`.
    key: &'static str,
    /// The remaining columns.
    others: &'static [&'static str],
    /// The values of the remaining columns, by key.
    rows: BTreeMap<&'a str, Vec<Cell<'a>>>,
}

impl Part<'_> {
    /// The keys of the rows that `other` has not, or has with other values.
    fn keys_not_in(&self, other: &Part<'_>) -> Vec<&str> {
        self.rows
            .iter()
            .filter(|(key, row)| other.rows.get(*key) != Some(row))
            .map(|(key, _)| *key)
            .collect()
    }

    async fn remove(
        &self,
        connection: &mut Connection<'_>,
        id: ImageId,
        keys: &[&str],
    ) -> Result<(), sqlx::Error> {
        for keys in keys.chunks(MAX_STATEMENT_ROWS) {
            let Self { table, key, .. } = self;
            let text = format!(
                "DELETE FROM {table} WHERE image_id = ? AND {key} IN {}",
                placeholder_rows(1, keys.len())
            );
            connection
                .execute(Statement::new(text).with(id).with_all(keys.iter().copied()))
                .await?;
        }
        Ok(())
    }

    async fn add(
        &self,
        connection: &mut Connection<'_>,
        id: ImageId,
        keys: &[&str],
    ) -> Result<(), sqlx::Error> {
        let mut remaining = keys;
        while !remaining.is_empty() {
            let (now, later) = remaining.split_at(self.fitting(remaining));
            remaining = later;
            let Self {
                table, key, others, ..
            } = self;
            let columns = [&["image_id", key], *others].concat();
            let (columns, rows) = (
                columns.join(", "),
                placeholder_rows(now.len(), columns.len()),
            );
            let mut statement =
                Statement::new(format!("INSERT INTO {table} ({columns}) VALUES {rows}"));
            for key in now {
                statement = statement
                    .with(id)
                    .with(*key)
                    .with_all(self.rows[key].iter().copied());
            }
            connection.execute(statement).await?;
        }
        Ok(())
    }

    /// The number of the rows with these keys, counted from the first, that one statement writes.
    fn fitting(&self, keys: &[&str]) -> usize {
        let bytes = |key: &&str| {
            self.rows[key]
                .iter()
                .map(|cell| cell.bytes())
                .sum::<usize>()
                + key.len()
        };
        let mut written = 0;
        let fits = |key: &&&str| {
            let fits = written < MAX_STATEMENT_BYTES;
            written += bytes(key);
            fits
        };
        keys.iter()
            .take(MAX_STATEMENT_ROWS)
            .take_while(fits)
            .count()
    }
}

/// The rows that stay of the members of an image that is deleted at `time`.
fn former_members(image: &Image, time: Timestamp) -> Part<'_> {
    let members = image.members.iter();
    let rows = members.map(|(project, member)| {
        (
            project.as_str(),
            vec![member.created_at().into(), time.into()],
        )
    });
    Part {
        table: "image_former_members",
        key: "project",
        others: &["created_at", "deleted_at"],
        rows: rows.collect(),
    }
}

/// The rows of `image` outside of `images`. The rows of tags and members repeat the attributes of
/// the image that lists need, so they change with these attributes.
fn parts(image: &Image) -> [Part<'_>; 3] {
    let owner = Cell::Text(image.owner.as_ref().map(ProjectId::as_str));
    let visibility = Cell::Text(Some(image.visibility.as_str()));
    let created_at = Cell::from(image.created_at());
    let tags = image
        .tags
        .iter()
        .map(|tag| (tag.as_str(), vec![owner, visibility, created_at]));
    let members = image.members.iter().map(|(project, member)| {
        let status = Cell::Text(Some(member.status.as_str()));
        (
            project.as_str(),
            vec![
                status,
                member.created_at().into(),
                member.updated_at().into(),
                created_at,
            ],
        )
    });
    let properties = image
        .properties
        .iter()
        .map(|(name, value)| (name.as_str(), vec![Cell::Text(Some(value.as_str()))]));
    [
        Part {
            table: "image_tags",
            key: "tag",
            others: &["owner", "visibility", "image_created_at"],
            rows: tags.collect(),
        },
        Part {
            table: "image_members",
            key: "project",
            others: &["status", "created_at", "updated_at", "image_created_at"],
            rows: members.collect(),
        },
        Part {
            table: "image_properties",
            key: "name",
            others: &["value"],
            rows: properties.collect(),
        },
    ]
}

//! Images into the tables: what is new, what is different, what is gone. Runs inside of a transaction of the caller's.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::column;
use super::pool::Connection;
use super::statement::{Statement, Value, rows};
use crate::identity::ProjectId;
use crate::image::{Attribute, Image, ImageId};

/// The most rows that one statement writes; the number of values in a statement has a limit in every engine.
const ROWS: usize = 500;

/// How many bytes of text one statement writes, and how much longer it may become by its last row.
const BYTES: usize = 1 << 20;

/// Notes the size of an image that was written before sizes were kept.
pub(super) async fn size(
    connection: &mut Connection<'_>,
    image: &Image,
) -> Result<(), sqlx::Error> {
    let statement = Statement::new("UPDATE images SET bytes = ? WHERE id = ?");
    connection
        .run(statement.with(image.size()).with(image.id()))
        .await
        .map(drop)
}

/// Writes an image that is not there yet.
pub(super) async fn insert(
    connection: &mut Connection<'_>,
    image: &Image,
) -> Result<(), sqlx::Error> {
    let columns = Attribute::stored().map(|(_, column)| column);
    let columns: Vec<_> = columns.chain(column::OTHERS).collect();
    let text = format!(
        "INSERT INTO images ({}) VALUES {}",
        columns.join(", "),
        rows(1, columns.len())
    );
    let statement = Statement::new(text)
        .with_all(Attribute::stored().map(|(attribute, _)| column::value(attribute, image)))
        .with(image.revision())
        .with(image.size());
    connection.run(statement).await?;
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

/// What becomes of an image that is there.
pub(super) enum Write {
    Update(Arc<Image>),
    Delete,
}

impl Write {
    /// Writes it if the image is still the one that `before` is. Answers whether it was.
    pub(super) async fn run(
        &self,
        connection: &mut Connection<'_>,
        before: &Image,
    ) -> Result<bool, sqlx::Error> {
        match self {
            Self::Update(after) => update(connection, before, after).await,
            Self::Delete => {
                let mut statement = Statement::new("DELETE FROM images WHERE ");
                statement.push(is_unchanged(before));
                Ok(connection.run(statement).await? == 1)
            }
        }
    }

    /// The size of what is there afterwards, in bytes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Update(after) => after.size(),
            Self::Delete => 0,
        }
    }

    /// What is there afterwards.
    pub(super) fn into_image(self) -> Option<Arc<Image>> {
        match self {
            Self::Update(after) => Some(after),
            Self::Delete => None,
        }
    }
}

/// A condition: the image is still the one that `image` is. One that was deleted and created again may be at the same
/// revision, but not at the same times.
fn is_unchanged(image: &Image) -> Statement {
    let statement = Statement::new("id = ? AND revision = ? AND created_at = ? AND updated_at = ?");
    statement
        .with(image.id())
        .with(image.revision())
        .with(image.created_at())
        .with(image.updated_at())
}

/// Writes what is different in `after`.
async fn update(
    connection: &mut Connection<'_>,
    before: &Image,
    after: &Image,
) -> Result<bool, sqlx::Error> {
    let columns = column::movable().map(|(_, column)| column);
    let columns: Vec<_> = columns.chain(column::OTHERS).collect();
    let text = format!("UPDATE images SET {} = ? WHERE ", columns.join(" = ?, "));
    let mut statement = Statement::new(text)
        .with_all(column::movable().map(|(attribute, _)| column::value(attribute, after)))
        .with(after.revision())
        .with(after.size());
    statement.push(is_unchanged(before));
    if connection.run(statement).await? == 0 {
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

/// A value of a row that has not been copied out of its image.
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

/// One of the tables around the images, with the rows of one image in it.
struct Part<'a> {
    table: &'static str,
    /// The column that makes the key together with the image's id.
    key: &'static str,
    /// The other columns but `image_id`.
    others: &'static [&'static str],
    /// The values of the others by the key.
    rows: BTreeMap<&'a str, Vec<Cell<'a>>>,
}

impl Part<'_> {
    /// The keys of the rows that are not there, or different, in `other`.
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
        for keys in keys.chunks(ROWS) {
            let Self { table, key, .. } = self;
            let text = format!(
                "DELETE FROM {table} WHERE image_id = ? AND {key} IN {}",
                rows(1, keys.len())
            );
            connection
                .run(Statement::new(text).with(id).with_all(keys.iter().copied()))
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
        let mut left = keys;
        while !left.is_empty() {
            let (now, later) = left.split_at(self.fitting(left));
            left = later;
            let Self {
                table, key, others, ..
            } = self;
            let (columns, rows) = (others.join(", "), rows(now.len(), others.len() + 2));
            let mut statement = Statement::new(format!(
                "INSERT INTO {table} (image_id, {key}, {columns}) VALUES {rows}"
            ));
            for key in now {
                statement = statement
                    .with(id)
                    .with(*key)
                    .with_all(self.rows[key].iter().copied());
            }
            connection.run(statement).await?;
        }
        Ok(())
    }

    /// How many of the rows with these keys one statement writes.
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
            let fits = written < BYTES;
            written += bytes(key);
            fits
        };
        keys.iter().take(ROWS).take_while(fits).count()
    }
}

/// The rows of `image` outside of its own table. Those of tags and members know as much of the image as lists need: if that
/// changes, they are different rows.
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

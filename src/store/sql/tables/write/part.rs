//! The rows of an image in the tables around `images`.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::insertion::Insertion;
use crate::identity::ProjectId;
use crate::image::{Image, ImageId};
use crate::store::sql::drivers::{Connection, SqlError, Statement, Value, placeholder_rows};

/// The maximum number of rows that one statement writes. Every engine limits the number of values
/// of a statement.
const MAX_STATEMENT_ROWS: usize = 500;

/// A statement takes no further row once it has this many bytes of text. Its last row may exceed
/// it.
const MAX_STATEMENT_BYTES: usize = 1 << 20;

/// A value of a row, borrowed from its image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell<'a> {
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
pub(super) struct Part<'a> {
    table: &'static str,
    /// The column that forms the primary key together with `image_id`.
    key: &'static str,
    /// The remaining columns.
    others: &'static [&'static str],
    /// The values of the remaining columns, by key.
    pub(super) rows: BTreeMap<&'a str, Vec<Cell<'a>>>,
}

impl Part<'_> {
    /// The keys of the rows that `other` has not, or has with other values.
    pub(super) fn keys_not_in(&self, other: &Part<'_>) -> Vec<&str> {
        self.rows
            .iter()
            .filter(|(key, row)| other.rows.get(*key) != Some(row))
            .map(|(key, _)| *key)
            .collect()
    }

    pub(super) async fn remove(
        &self,
        connection: &mut Connection,
        id: ImageId,
        keys: &[&str],
    ) -> Result<(), SqlError> {
        for keys in keys.chunks(MAX_STATEMENT_ROWS) {
            connection.execute(self.removal(id, keys)).await?;
        }
        Ok(())
    }

    /// The statement that removes the rows with these keys.
    pub(super) fn removal(&self, id: ImageId, keys: &[&str]) -> Statement {
        let Self { table, key, .. } = self;
        let keys_in = placeholder_rows(1, keys.len());
        let text = format!("DELETE FROM {table} WHERE image_id = ? AND {key} IN {keys_in}");
        Statement::new(text).with(id).with_all(keys.iter().copied())
    }

    pub(super) async fn add(
        &self,
        connection: &mut Connection,
        id: ImageId,
        keys: &[&str],
    ) -> Result<(), SqlError> {
        let mut remaining = keys;
        while !remaining.is_empty() {
            let (now, later) = remaining.split_at(self.fitting(remaining));
            remaining = later;
            connection.execute(self.addition(id, now).into()).await?;
        }
        Ok(())
    }

    /// The insertion of the rows with these keys.
    pub(super) fn addition(&self, id: ImageId, keys: &[&str]) -> Insertion {
        let columns = [&["image_id", self.key], self.others].concat();
        let values = keys.iter().flat_map(|key| {
            let cells = self.rows[key].iter().copied().map(Value::from);
            [id.into(), (*key).into()].into_iter().chain(cells)
        });
        Insertion::new(self.table, &columns, keys.len(), values)
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
pub(super) fn former_members(image: &Image, time: Timestamp) -> Part<'_> {
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
pub(super) fn parts(image: &Image) -> [Part<'_>; 3] {
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

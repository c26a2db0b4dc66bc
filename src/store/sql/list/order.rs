//! The order of a list in SQL, and what comes after an image in it.

use super::branch::Columns;
use crate::image::Image;
use crate::store::sql::statement::{Statement, Value};
use crate::store::{Direction, Sort, SortKey};

/// The order of the images of a branch.
pub(super) struct Order<'a> {
    sort: &'a Sort,
    columns: Columns,
}

impl<'a> Order<'a> {
    pub(super) fn new(sort: &'a Sort, columns: Columns) -> Self {
        Self { sort, columns }
    }

    fn column(&self, key: SortKey) -> &'static str {
        match key {
            SortKey::Name => "i.name",
            SortKey::Status => "i.status",
            SortKey::ContainerFormat => "i.container_format",
            SortKey::DiskFormat => "i.disk_format",
            SortKey::Size => "i.size",
            SortKey::Id => self.columns.id,
            SortKey::CreatedAt => self.columns.created_at,
            SortKey::UpdatedAt => "i.updated_at",
        }
    }

    /// The columns, by names for [`by_names`].
    pub(super) fn columns(&self) -> String {
        let name = |(index, (key, _)): (usize, &(SortKey, Direction))| {
            format!("{} AS k{index}", self.column(*key))
        };
        self.sort
            .keys()
            .iter()
            .enumerate()
            .map(name)
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// What comes after `ORDER BY` within the branch.
    pub(super) fn by_columns(&self) -> String {
        let keys = self.sort.keys().iter();
        keys.map(|(key, direction)| by(self.column(*key), *key, *direction))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// The condition that an image comes after `marker`. For each key the next ones count only among equals; that equals
    /// and later ones are named first lets an index find the place.
    pub(super) fn after(&self, marker: &Image) -> Statement {
        self.sort
            .keys()
            .iter()
            .rev()
            .fold(Statement::new("1 = 0"), |rest, (key, direction)| {
                let column = self.column(*key);
                let or_rest = |text: String| {
                    let mut condition = Statement::new(text);
                    condition.push(rest.clone());
                    condition.push(")");
                    condition
                };
                match (value(*key, marker), direction) {
                    (Value::Number(None) | Value::Text(None), Direction::Ascending) => {
                        or_rest(format!("({column} IS NOT NULL OR "))
                    }
                    (Value::Number(None) | Value::Text(None), Direction::Descending) => {
                        or_rest(format!("({column} IS NULL AND "))
                    }
                    (value, direction) => {
                        let operator = if *direction == Direction::Ascending {
                            '>'
                        } else {
                            '<'
                        };
                        let mut condition = or_rest(format!(
                            "({column} {operator}= ? AND ({column} {operator} ? OR "
                        ));
                        condition.values.splice(0..0, [value.clone(), value]);
                        condition.push(")");
                        if is_optional(*key) && *direction == Direction::Descending {
                            condition = Statement::join([Statement::new("("), condition], "");
                            condition.push(format!(" OR {column} IS NULL)"));
                        }
                        condition
                    }
                }
            })
    }
}

/// What comes after `ORDER BY` where the columns have names.
pub(super) fn by_names(sort: &Sort) -> String {
    let keys = sort.keys().iter().enumerate();
    keys.map(|(index, (key, direction))| by(&format!("k{index}"), *key, *direction))
        .collect::<Vec<_>>()
        .join(", ")
}

/// An image without a value comes before those with one, which engines see differently if they are not told.
fn by(column: &str, key: SortKey, direction: Direction) -> String {
    let direction = if direction == Direction::Ascending {
        "ASC"
    } else {
        "DESC"
    };
    if is_optional(key) {
        format!("({column} IS NOT NULL) {direction}, {column} {direction}")
    } else {
        format!("{column} {direction}")
    }
}

/// Whether there are images without a value.
fn is_optional(key: SortKey) -> bool {
    matches!(
        key,
        SortKey::Name | SortKey::ContainerFormat | SortKey::DiskFormat | SortKey::Size
    )
}

fn value(key: SortKey, image: &Image) -> Value {
    match key {
        SortKey::Name => image.name.as_deref().into(),
        SortKey::Status => image.status.as_ref().into(),
        SortKey::ContainerFormat => image.container_format.as_deref().into(),
        SortKey::DiskFormat => image.disk_format.as_deref().into(),
        SortKey::Size => image
            .data
            .as_ref()
            .map_or(Value::Number(None), |data| data.size.into()),
        SortKey::Id => image.id().into(),
        SortKey::CreatedAt => image.created_at().into(),
        SortKey::UpdatedAt => image.updated_at().into(),
    }
}

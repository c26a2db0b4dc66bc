//! The order of a list in SQL, and what comes after an image in it.

use std::borrow::Cow;

use super::branch::Columns;
use crate::image::{Attribute, Image};
use crate::store::sql::column;
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

    /// The column of a key. The id and the time of creation are also in the tables that a branch goes through.
    fn column(&self, key: SortKey) -> Cow<'static, str> {
        match key.attribute() {
            Attribute::Id => self.columns.id.into(),
            Attribute::CreatedAt => self.columns.created_at.into(),
            attribute => format!("i.{}", attribute.column().unwrap_or_default()).into(),
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
        keys.map(|(key, direction)| by(&self.column(*key), *key, *direction))
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
                match (column::value(key.attribute(), marker), direction) {
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
                        if key.attribute().is_optional() && *direction == Direction::Descending {
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
    if key.attribute().is_optional() {
        format!("({column} IS NOT NULL) {direction}, {column} {direction}")
    } else {
        format!("{column} {direction}")
    }
}

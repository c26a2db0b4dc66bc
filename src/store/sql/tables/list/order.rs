//! The order of a list in SQL, and the condition for the images after a marker.

use std::borrow::Cow;

use super::access_path::Columns;
use crate::image::{Attribute, Image};
use crate::store::sql::drivers::{Statement, Value};
use crate::store::sql::tables::column;
use crate::store::{Direction, Sort, SortKey};

/// The order of the images of a scope.
pub(super) struct Order<'a> {
    sort: &'a Sort,
    columns: Columns,
}

impl<'a> Order<'a> {
    pub(super) fn new(sort: &'a Sort, columns: Columns) -> Self {
        Self { sort, columns }
    }

    /// The column of a key. The id and the time of creation are also in the tables of the access
    /// paths.
    fn column(&self, key: SortKey) -> Cow<'static, str> {
        match key.attribute() {
            Attribute::Id => self.columns.id.into(),
            Attribute::CreatedAt => self.columns.created_at.into(),
            attribute => format!("i.{}", attribute.column().unwrap_or_default()).into(),
        }
    }

    /// The sort keys as columns `k0`, `k1`, …, for [`by_names`].
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

    /// What follows `ORDER BY` within the scope.
    pub(super) fn by_columns(&self) -> String {
        let keys = self.sort.keys().iter();
        keys.map(|(key, direction)| by(&self.column(*key), *key, *direction))
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// The condition that an image comes after `marker`. Each key is compared only among images
    /// that are equal in the keys before it. The leading `>=` or `<=` of each key lets an index
    /// find the position.
    pub(super) fn after(&self, marker: &Image) -> Statement {
        self.sort.keys().iter().rev().fold(
            Statement::new("1 = 0"),
            |less_significant, (key, direction)| {
                let column = self.column(*key);
                let or_less_significant = |text: String| {
                    let mut condition = Statement::new(text);
                    condition.push(less_significant.clone());
                    condition.push(")");
                    condition
                };
                match (column::value(key.attribute(), marker), direction) {
                    (Value::Number(None) | Value::Text(None), Direction::Ascending) => {
                        or_less_significant(format!("({column} IS NOT NULL OR "))
                    }
                    (Value::Number(None) | Value::Text(None), Direction::Descending) => {
                        or_less_significant(format!("({column} IS NULL AND "))
                    }
                    (value, direction) => {
                        let operator = if *direction == Direction::Ascending {
                            '>'
                        } else {
                            '<'
                        };
                        let mut condition = or_less_significant(format!(
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
            },
        )
    }
}

/// What follows `ORDER BY` where the sort keys are the columns `k0`, `k1`, …
pub(super) fn by_names(sort: &Sort) -> String {
    let keys = sort.keys().iter().enumerate();
    keys.map(|(index, (key, direction))| by(&format!("k{index}"), *key, *direction))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Sorts by one key. An image without a value comes before those with one; the engines' own rules
/// for NULL differ.
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

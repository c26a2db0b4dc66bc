//! Statements that insert rows.

use crate::store::sql::drivers::{Statement, Value, placeholder_rows};

/// The insertion of some rows into a table.
pub(super) struct Insertion {
    /// What comes before the rows: the table and its columns.
    pub(super) into: String,
    /// The rows, after `VALUES`.
    pub(super) rows: Statement,
}

impl Insertion {
    pub(super) fn new(
        table: &str,
        columns: &[&str],
        rows: usize,
        values: impl IntoIterator<Item = Value>,
    ) -> Self {
        let into = format!("INSERT INTO {table} ({}) ", columns.join(", "));
        let rows = format!("VALUES {}", placeholder_rows(rows, columns.len()));
        Self {
            into,
            rows: Statement::new(rows).with_all(values),
        }
    }
}

impl From<Insertion> for Statement {
    fn from(insertion: Insertion) -> Self {
        let mut statement = Self::new(insertion.into);
        statement.push(insertion.rows);
        statement
    }
}

//! The rows that a query returns.

use super::error::SqlError;

/// A row as its driver has it. The schema knows two types: 64-bit numbers and texts.
pub(super) trait Row {
    /// The number in this column; `None` for NULL.
    fn number(&self, column: usize) -> Result<Option<i64>, SqlError>;

    /// The text in this column; `None` for NULL.
    fn text(&self, column: usize) -> Result<Option<&str>, SqlError>;
}

/// The columns of a row, read from first to last in the order of the statement.
pub(in crate::store::sql) struct ColumnReader<'a> {
    row: &'a dyn Row,
    next: usize,
}

impl<'a> ColumnReader<'a> {
    pub(super) fn of(row: &'a dyn Row) -> Self {
        Self { row, next: 0 }
    }

    /// Reads the number in the next column.
    pub(in crate::store::sql) fn number(&mut self) -> Result<i64, SqlError> {
        let number = self.optional_number()?;
        number.ok_or_else(|| SqlError::unreadable("NULL in place of a number"))
    }

    /// Reads the number in the next column, which is not negative.
    pub(in crate::store::sql) fn count<T>(&mut self) -> Result<T, SqlError>
    where
        T: TryFrom<i64, Error: std::error::Error + Send + Sync + 'static>,
    {
        T::try_from(self.number()?).map_err(SqlError::unreadable)
    }

    /// Reads the number in the next column, which may be NULL.
    pub(in crate::store::sql) fn optional_number(&mut self) -> Result<Option<i64>, SqlError> {
        let column = self.advance();
        self.row.number(column)
    }

    /// Reads the text in the next column.
    pub(in crate::store::sql) fn text(&mut self) -> Result<Option<&'a str>, SqlError> {
        let column = self.advance();
        self.row.text(column)
    }

    fn advance(&mut self) -> usize {
        self.next += 1;
        self.next - 1
    }
}

/// Reads a row of one number.
pub(super) fn number(row: &mut ColumnReader<'_>) -> Result<i64, SqlError> {
    row.number()
}

/// Reads a row of one number, which is not negative.
pub(in crate::store::sql) fn count<T>(row: &mut ColumnReader<'_>) -> Result<T, SqlError>
where
    T: TryFrom<i64, Error: std::error::Error + Send + Sync + 'static>,
{
    row.count()
}

//! The rows of a table that belong to one image, packed into one text as netstrings.
//!
//! An image's tags, members and properties arrive as columns of the image's own row: a driver needs
//! as long for one more row as for many texts.
//!
//! A text is preceded by its length in bytes and a colon (`3:a:b`); a number is followed by a colon
//! (`-5:`). There is no comma after a text.

use crate::store::sql::drivers::{Engine, SqlError};

/// SQL that packs a text column.
pub(super) fn text(column: &str) -> String {
    format!("octet_length({column}) || ':' || {column}")
}

/// SQL that packs a numeric column.
pub(super) fn number(column: &str) -> String {
    format!("{column} || ':'")
}

/// SQL that packs all rows `x` of `table` that belong to the image `i`. It is NULL if there are
/// none.
pub(super) fn rows(engine: Engine, table: &str, columns: &[String]) -> String {
    let rows = engine.aggregate_concat(&columns.join(" || "));
    format!("(SELECT {rows} FROM {table} x WHERE x.image_id = i.id)")
}

/// Reads packed values from front to back.
pub(super) struct NetstringReader<'a> {
    unread: &'a str,
}

impl<'a> NetstringReader<'a> {
    /// A reader of `packed`; NULL is read as no values.
    pub(super) fn new(packed: Option<&'a str>) -> Self {
        Self {
            unread: packed.unwrap_or_default(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.unread.is_empty()
    }

    /// Reads the next number.
    pub(super) fn number(&mut self) -> Result<i64, SqlError> {
        let (number, rest) = self
            .unread
            .split_once(':')
            .ok_or_else(|| SqlError::unreadable("a number without an end"))?;
        self.unread = rest;
        number.parse().map_err(SqlError::unreadable)
    }

    /// Reads the next text.
    pub(super) fn text(&mut self) -> Result<&'a str, SqlError> {
        let length = usize::try_from(self.number()?).map_err(SqlError::unreadable)?;
        let (text, rest) = self
            .unread
            .split_at_checked(length)
            .ok_or_else(|| SqlError::unreadable("a text that is cut off"))?;
        self.unread = rest;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_numbers_are_read_as_they_were_packed() {
        let mut netstring = NetstringReader::new(Some("3:a:b-5:0:5:é7:"));
        assert_eq!(netstring.text().unwrap(), "a:b");
        assert_eq!(netstring.number().unwrap(), -5);
        assert_eq!(netstring.text().unwrap(), "");
        assert!(!netstring.is_empty());
        assert!(netstring.text().is_err(), "é7: are 4 bytes, not 5");
    }

    #[test]
    fn a_truncated_text_is_an_error() {
        for cut in ["3", "3:ab", "x:a", "-1:a", "1:é"] {
            assert!(NetstringReader::new(Some(cut)).text().is_err(), "{cut}");
        }
        assert!(NetstringReader::new(None).is_empty());
    }
}

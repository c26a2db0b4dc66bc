//! The rows of a table that belong to one image, as one text: what there are several of comes with the image's own row, and
//! a driver takes as long for a row with its columns as for many texts.
//!
//! Before each text is its length in bytes and a colon, behind each number a colon.

use super::fault::Fault;
use super::url::Engine;

/// SQL for a text of a row.
pub(super) fn text(column: &str) -> String {
    format!("octet_length({column}) || ':' || {column}")
}

/// SQL for a number of a row.
pub(super) fn number(column: &str) -> String {
    format!("{column} || ':'")
}

/// SQL for all rows of `table` that belong to the image `i`; NULL if there are none.
pub(super) fn rows(engine: Engine, table: &str, columns: &[String]) -> String {
    let rows = engine.concatenated(&columns.join(" || "));
    format!("(SELECT {rows} FROM {table} x WHERE x.image_id = i.id)")
}

/// What is left of such a text.
pub(super) struct Packed<'a>(&'a str);

impl<'a> Packed<'a> {
    pub(super) fn new(rows: Option<&'a str>) -> Self {
        Self(rows.unwrap_or_default())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn number(&mut self) -> Result<i64, Fault> {
        let (number, rest) = self
            .0
            .split_once(':')
            .ok_or_else(|| Fault::unreadable("a number without an end"))?;
        self.0 = rest;
        number.parse().map_err(Fault::unreadable)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, Fault> {
        let length = usize::try_from(self.number()?).map_err(Fault::unreadable)?;
        let (text, rest) = self
            .0
            .split_at_checked(length)
            .ok_or_else(|| Fault::unreadable("a text that is cut off"))?;
        self.0 = rest;
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_numbers_come_out_as_they_went_in() {
        let mut packed = Packed::new(Some("3:a:b-5:0:5:é7:"));
        assert_eq!(packed.text().unwrap(), "a:b");
        assert_eq!(packed.number().unwrap(), -5);
        assert_eq!(packed.text().unwrap(), "");
        assert!(!packed.is_empty());
        assert!(packed.text().is_err(), "é7: are 4 bytes, not 5");
    }

    #[test]
    fn what_is_cut_off_is_an_error_and_not_less() {
        for cut in ["3", "3:ab", "x:a", "-1:a", "1:é"] {
            assert!(Packed::new(Some(cut)).text().is_err(), "{cut}");
        }
        assert!(Packed::new(None).is_empty());
    }
}

//! The tags that a page may have, as a range of an index.

use crate::image::Tag;
use crate::store::query::TagQuery;
use crate::store::sql::drivers::Statement;

/// A range of tags, in the order of their code points.
pub(super) struct TagRange<'a> {
    /// `>` or `>=`, and the text that it compares to.
    from: (&'static str, &'a str),
    /// All tags are before this text.
    end: Option<String>,
}

impl<'a> TagRange<'a> {
    /// The tags of `query` on this page and those that follow; `None` if no tag has its prefix.
    pub(super) fn of(query: &'a TagQuery) -> Option<Self> {
        query.prefix.parse::<Tag>().ok()?;
        let from = match &query.after {
            Some(after) if after.as_str() >= query.prefix.as_str() => (">", after.as_str()),
            _ => (">=", query.prefix.as_str()),
        };
        let end = end_of_prefix(&query.prefix);
        Some(Self { from, end })
    }

    /// The condition that `t.tag` is in the range, after an `AND`.
    pub(super) fn condition(&self) -> Statement {
        let (operator, text) = self.from;
        let mut condition = Statement::new(format!(" AND t.tag {operator} ?")).with(text);
        condition.push(self.before_end());
        condition
    }

    /// The condition that `t.tag` is in the range and comes after the tag `previous` of the range,
    /// after an `AND`.
    pub(super) fn after(&self, previous: &str) -> Statement {
        let mut condition = Statement::new(format!(" AND t.tag > {previous}"));
        condition.push(self.before_end());
        condition
    }

    fn before_end(&self) -> Statement {
        let end = self.end.as_deref();
        end.map_or_else(Statement::default, |end| {
            Statement::new(" AND t.tag < ?").with(end)
        })
    }
}

/// The first text, by code point, after all texts that start with `prefix`; `None` if there is no
/// such text.
fn end_of_prefix(prefix: &str) -> Option<String> {
    let mut end = prefix.to_owned();
    while let Some(last) = end.pop() {
        // The range leaves out the surrogates.
        if let Some(next) = (last..=char::MAX).nth(1) {
            end.push(next);
            return Some(end);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_before_its_successor() {
        for (prefix, end) in [
            ("", None),
            ("a", Some("b")),
            ("aé", Some("aê")),
            ("\u{D7FF}", Some("\u{E000}")),
            ("\u{FFFF}", Some("\u{10000}")),
            ("a\u{10FFFF}\u{10FFFF}", Some("b")),
            ("\u{10FFFF}", None),
        ] {
            assert_eq!(end_of_prefix(prefix).as_deref(), end, "{prefix:?}");
        }
    }
}

//! SQL with its values. Text from outside is always a value, never part of the SQL.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::image::ImageId;

/// The maximum number of values of a statement that stays prepared, so that it is planned once.
///
/// A statement with more values is unlikely to recur in the same form, and a prepared one occupies
/// up to some megabytes of the server.
const MAX_KEPT_VALUES: usize = 100;

/// A value of one of the two types in the schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store::sql) enum Value {
    Number(Option<i64>),
    Text(Option<String>),
}

/// A statement, or a part of one, with a `?` for each of its values.
#[derive(Clone, Debug, Default)]
pub(in crate::store::sql) struct Statement {
    pub(in crate::store::sql) text: Cow<'static, str>,
    pub(in crate::store::sql) values: Vec<Value>,
}

impl Statement {
    pub(in crate::store::sql) fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self {
            text: text.into(),
            values: Vec::new(),
        }
    }

    /// Whether the statement is likely to recur in the same form.
    pub(in crate::store::sql) fn is_worth_keeping(&self) -> bool {
        self.values.len() <= MAX_KEPT_VALUES
    }

    /// Binds the next `?`.
    pub(in crate::store::sql) fn with(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Binds the next `?`s.
    pub(in crate::store::sql) fn with_all<V: Into<Value>>(
        mut self,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.values.extend(values.into_iter().map(Into::into));
        self
    }

    /// Appends `part`.
    pub(in crate::store::sql) fn push(&mut self, part: impl Into<Self>) {
        let part = part.into();
        self.text += part.text;
        self.values.extend(part.values);
    }

    /// Joins `parts` with `separator`.
    pub(in crate::store::sql) fn join(
        parts: impl IntoIterator<Item = Self>,
        separator: &'static str,
    ) -> Self {
        let mut joined = Self::default();
        for (index, part) in parts.into_iter().enumerate() {
            if index > 0 {
                joined.text += separator;
            }
            joined.push(part);
        }
        joined
    }
}

/// `rows` times `(?, ?, …)`, separated by commas.
pub(in crate::store::sql) fn placeholder_rows(rows: usize, columns: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(", "));
    vec![row; rows].join(", ")
}

impl Value {
    /// The size of the value in bytes.
    #[cfg(feature = "postgres")]
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Number(_) => size_of::<i64>(),
            Self::Text(text) => text.as_ref().map_or(0, String::len),
        }
    }
}

impl From<&'static str> for Statement {
    fn from(text: &'static str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Statement {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(Some(number))
    }
}

impl From<u64> for Value {
    /// No number in the schema comes near the maximum of the type.
    fn from(number: u64) -> Self {
        i64::try_from(number).unwrap_or(i64::MAX).into()
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        i64::try_from(number).unwrap_or(i64::MAX).into()
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        i64::from(truth).into()
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        time.as_microsecond().into()
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Self::Text(text.map(str::to_owned))
    }
}

impl From<ImageId> for Value {
    fn from(id: ImageId) -> Self {
        id.to_string().into()
    }
}

//! The kinds of access, value and filter that an attribute can have. `definition.rs` says which
//! attribute has which.

/// Whether a client may set an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// When the image is created and later.
    Writable,
    /// Only when the image is created.
    OnCreate,
    /// Never.
    ReadOnly,
}

/// The kind of value that an attribute has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text, in a column of text.
    Text,
    /// The id of an image, in a column of text.
    Id,
    /// A whole number, in a column of numbers.
    Number,
    /// A truth value; 0 or 1 in a column of numbers.
    Flag,
    /// A time; microseconds since 1970 in a column of numbers.
    Time,
    /// A set of tags, in a table of its own.
    Tags,
}

/// How a list is filtered by an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilterKind {
    /// By a text or several: `a`, `eq:a`, `in:a,b`.
    Choice,
    /// By one text as it is.
    Text,
    /// By a number, also as the bound of a range: `size`, `size_min`, `size_max`.
    Number,
    /// By a time and an operator: `gt:2026-01-01T00:00:00Z`.
    Time,
    /// By `true` or `false`.
    Flag,
}

//! What the types that wrap a text have in common.

/// The longest text in a column that has an index, in characters (code points): MariaDB's limit.
pub(super) const MAX_COLUMN_CHARS: usize = 255;

/// Whether `text` has more than `max` characters (code points).
pub(super) fn is_longer_than(text: &str, max: usize) -> bool {
    // A text has at least as many bytes as characters.
    text.len() > max && text.chars().nth(max).is_some()
}

/// Gives a newtype over a text its accessors and its conversions. The type has to have a function
/// `check(&str) -> Result<(), $error>`, which every conversion runs.
macro_rules! text_value {
    ($type:ident, $error:ident) => {
        impl $type {
            /// The value as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $type {
            type Err = $error;

            fn from_str(text: &str) -> Result<Self, $error> {
                Self::check(text)?;
                Ok(Self(text.into()))
            }
        }

        impl TryFrom<String> for $type {
            type Error = $error;

            fn try_from(text: String) -> Result<Self, $error> {
                Self::check(&text)?;
                Ok(Self(text.into()))
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// Gives an enum of the API's words its accessor, and its error, a newtype over the refused text,
/// the constructor that strum calls.
macro_rules! word_value {
    ($type:ident, $error:ident) => {
        impl $type {
            /// The word of the API for it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                self.into()
            }
        }

        impl $error {
            fn new(text: &str) -> Self {
                Self(text.to_owned())
            }
        }
    };
}

pub(in crate::image) use {text_value, word_value};

//! The parts of a glob: how they are read, and how they match.

use crate::image::value::Tag;

/// Why a text is not a glob over tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GlobError {
    /// No character.
    #[error("a pattern must not be empty")]
    Empty,
    /// More than 255 characters.
    #[error("a pattern must have at most {} characters", Tag::MAX_CHARS)]
    TooLong,
    /// A NUL, which no tag has.
    #[error("a pattern must not contain NUL")]
    Nul,
    /// A `[` without the `]` that ends the class.
    #[error("a class that begins with [ must end with ], after at least one character")]
    Unclosed,
    /// A range whose last character comes before the first.
    #[error("the range {0}-{1} is in the wrong order")]
    Reversed(char, char),
    /// A character that has a meaning in other globs.
    #[error("{0} has no meaning in a pattern; [{0}] stands for the character itself")]
    Unsupported(char),
}

/// A part of a glob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GlobToken {
    /// This character.
    Char(char),
    /// `?`: any one character.
    Any,
    /// `[…]`: one character in these ranges, or in none of them.
    Class {
        is_negated: bool,
        ranges: Vec<(char, char)>,
    },
    /// `*`: any number of any characters.
    Sequence,
}

impl GlobToken {
    /// Whether the token matches this one character.
    pub(super) fn matches(&self, character: char) -> bool {
        match self {
            Self::Char(own) => *own == character,
            Self::Any | Self::Sequence => true,
            Self::Class { is_negated, ranges } => {
                let is_in = |(first, last): &(char, char)| (*first..=*last).contains(&character);
                ranges.iter().any(is_in) != *is_negated
            }
        }
    }

    /// Whether the token, other than `*`, matches everything that `other` matches.
    pub(super) fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Sequence) => false,
            (_, Self::Char(character)) => self.matches(*character),
            (Self::Any | Self::Sequence, Self::Any | Self::Class { .. }) => true,
            (Self::Char(_) | Self::Class { .. }, _) => self == other,
        }
    }
}

/// The parts of the glob `text`.
pub(super) fn tokens(text: &str) -> Result<Vec<GlobToken>, GlobError> {
    let mut tokens = Vec::new();
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        tokens.push(match character {
            '*' => GlobToken::Sequence,
            '?' => GlobToken::Any,
            '[' => {
                let (class, after) = class(rest.as_str())?;
                rest = after.chars();
                class
            }
            '{' | '}' | '\\' => return Err(GlobError::Unsupported(character)),
            '\0' => return Err(GlobError::Nul),
            _ => GlobToken::Char(character),
        });
    }
    Ok(tokens)
}

/// The class that `text` begins with, after its `[`, and what follows its `]`.
fn class(text: &str) -> Result<(GlobToken, &str), GlobError> {
    let positive = text.strip_prefix(['!', '^']);
    let (is_negated, text) = (positive.is_some(), positive.unwrap_or(text));
    // A ] that comes first stands for itself.
    let first = text.chars().next().map_or(0, char::len_utf8);
    let length = text[first..].find(']').ok_or(GlobError::Unclosed)? + first;
    let ranges = ranges(&text[..length])?;
    let token = match ranges[..] {
        [(first, last)] if first == last && !is_negated => GlobToken::Char(first),
        _ => GlobToken::Class { is_negated, ranges },
    };
    Ok((token, &text[length + 1..]))
}

/// The ranges of a class. A `-` at its start or end stands for itself.
fn ranges(text: &str) -> Result<Vec<(char, char)>, GlobError> {
    let chars: Vec<_> = text.chars().collect();
    let mut ranges = Vec::new();
    let mut rest = &chars[..];
    while let [first, after @ ..] = rest {
        let (last, after) = match after {
            ['-', last, after @ ..] => (last, after),
            _ => (first, after),
        };
        if first > last {
            return Err(GlobError::Reversed(*first, *last));
        }
        if *first == '\0' {
            return Err(GlobError::Nul);
        }
        ranges.push((*first, *last));
        rest = after;
    }
    Ok(ranges)
}

/// Whether `tokens` match all of `items`: each token other than `*` one item that it accepts, and
/// each `*` any number of items.
///
/// Only the last `*` that was reached is tried again with another item, which finds a match if
/// there is one. The time is at most proportional to the product of the lengths.
pub(super) fn match_all<T: Copy>(
    tokens: &[GlobToken],
    mut items: impl Iterator<Item = T> + Clone,
    accepts: impl Fn(&GlobToken, T) -> bool,
) -> bool {
    let mut position = 0;
    // Where to go on after the last `*`, and the items that it does not match yet.
    let mut retry = None;
    loop {
        let token = tokens.get(position);
        if token == Some(&GlobToken::Sequence) {
            position += 1;
            retry = Some((position, items.clone()));
            continue;
        }
        let mut rest = items.clone();
        match (token, rest.next()) {
            (None, None) => return true,
            (Some(_), None) => return false,
            (Some(token), Some(item)) if accepts(token, item) => {
                position += 1;
                items = rest;
            }
            (_, Some(_)) => {
                let Some((after, left)) = &mut retry else {
                    return false;
                };
                left.next();
                position = *after;
                items = left.clone();
            }
        }
    }
}

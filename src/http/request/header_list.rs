//! Headers that are lists, and quoted values in them (RFC 9110, 5.6).

use std::borrow::Cow;
use std::collections::VecDeque;

use axum::http::HeaderMap;

/// The last `count` elements of a header, all of its lines taken together.
pub(super) fn last_elements<'a>(
    headers: &'a HeaderMap,
    name: &str,
    count: usize,
) -> VecDeque<&'a [u8]> {
    let mut last = VecDeque::with_capacity(count);
    for element in headers
        .get_all(name)
        .iter()
        .flat_map(|line| elements(line.as_bytes(), b','))
    {
        if last.len() == count {
            last.pop_front();
        }
        last.push_back(element);
    }
    last
}

/// Splits `text` at `separator` outside of quotation marks. Quotation marks do not count if one is
/// not closed: a client must not hide what a proxy appends behind an open one.
pub(crate) fn elements(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut whole = Quotes::default();
    for byte in text {
        whole.pass(*byte);
    }
    let (mut quotes, counts) = (Quotes::default(), !whole.is_open);
    text.split(move |byte| {
        quotes.pass(*byte);
        *byte == separator && !(counts && quotes.is_open)
    })
}

/// Tracks whether a byte is between quotation marks.
#[derive(Clone, Copy, Default)]
struct Quotes {
    is_open: bool,
    is_escaped: bool,
}

impl Quotes {
    fn pass(&mut self, byte: u8) {
        match byte {
            _ if self.is_escaped => self.is_escaped = false,
            b'\\' => self.is_escaped = self.is_open,
            b'"' => self.is_open = !self.is_open,
            _ => {}
        }
    }
}

/// The text without surrounding blanks.
pub(super) fn trimmed(text: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(text.trim_ascii())
}

/// A value without its quotation marks and without the backslashes of its escapes.
pub(super) fn unquoted(value: &str) -> String {
    let Some(quoted) = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'))
    else {
        return value.to_owned();
    };
    let mut escaped = false;
    let keep = |character: &char| {
        escaped = *character == '\\' && !escaped;
        !escaped
    };
    quoted.chars().filter(keep).collect()
}

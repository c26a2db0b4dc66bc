//! The elements of a header that is a list, and values in quotation marks (RFC 9110, 5.6).

use std::borrow::Cow;
use std::collections::VecDeque;

use axum::http::HeaderMap;

/// The last elements of a header, of all its lines together, and no more than `count`.
pub(super) fn last<'a>(headers: &'a HeaderMap, name: &str, count: usize) -> VecDeque<&'a [u8]> {
    let mut last = VecDeque::with_capacity(count);
    for element in headers
        .get_all(name)
        .iter()
        .flat_map(|line| parts(line.as_bytes(), b','))
    {
        if last.len() == count {
            last.pop_front();
        }
        last.push_back(element);
    }
    last
}

/// The parts of `text` between separators outside of quotation marks. If a mark is not closed, marks do not count: a client
/// must not hide what a proxy adds behind an open one.
pub(super) fn parts(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
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

/// Whether a text is between quotation marks.
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

/// The text without blanks around it.
pub(super) fn trimmed(text: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(text.trim_ascii())
}

/// A value without its quotation marks and the backslashes between them.
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

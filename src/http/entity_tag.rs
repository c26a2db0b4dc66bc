//! Entity tags: names for a state of a resource (RFC 9110, 8.8.3).

use std::fmt::Write as _;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

/// The name of one state of a resource. The text between its quotation marks says nothing to
/// clients; a weak one has `W/` in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EntityTag {
    opaque: Vec<u8>,
    is_weak: bool,
}

impl EntityTag {
    /// The strong tag of the state that these numbers identify.
    pub(crate) fn of(numbers: &[u64]) -> Self {
        let mut opaque = String::with_capacity(32);
        for number in numbers {
            let separator = if opaque.is_empty() { "" } else { "-" };
            let _ = write!(opaque, "{separator}{number:x}");
        }
        Self {
            opaque: opaque.into(),
            is_weak: false,
        }
    }

    /// Reads the tag at the start of `text`, and returns it with the rest of `text`.
    pub(crate) fn read(text: &[u8]) -> Option<(Self, &[u8])> {
        let strong = text.strip_prefix(b"W/");
        let quoted = strong.unwrap_or(text).strip_prefix(b"\"")?;
        let end = quoted.iter().position(|byte| *byte == b'"')?;
        let opaque = &quoted[..end];
        // No blanks and no control characters.
        if opaque.iter().any(|byte| *byte <= b' ' || *byte == 0x7F) {
            return None;
        }
        let tag = Self {
            opaque: opaque.to_vec(),
            is_weak: strong.is_some(),
        };
        Some((tag, &quoted[end + 1..]))
    }

    /// Whether both name the same state, weak or not: the weak comparison (RFC 9110, 8.8.3.2).
    pub(crate) fn matches(&self, other: &Self) -> bool {
        self.opaque == other.opaque
    }

    /// Sets the `ETag` of `response`.
    pub(crate) fn set_on(&self, response: &mut Response) {
        let prefix: &[u8] = if self.is_weak { b"W/\"" } else { b"\"" };
        let text = [prefix, &self.opaque, b"\""].concat();
        if let Ok(value) = HeaderValue::from_bytes(&text) {
            response.headers_mut().insert(header::ETAG, value);
        }
    }
}

/// Makes an `ETag` weak, for a body that is not the one that the tag was made for to the byte.
pub(crate) fn weaken(headers: &mut HeaderMap) {
    if let Some(tag) = headers.get_mut(header::ETAG)
        && !tag.as_bytes().starts_with(b"W/")
        && let Ok(weak) = HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat())
    {
        *tag = weak;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What [`EntityTag::set_on`] makes of `tag`.
    fn shown(tag: &EntityTag) -> String {
        let mut response = Response::default();
        tag.set_on(&mut response);
        let value = &response.headers()[header::ETAG];
        String::from_utf8_lossy(value.as_bytes()).into_owned()
    }

    #[test]
    fn a_tag_is_shown_as_it_is_read() {
        for text in ["\"\"", "\"a\"", "W/\"a,b\\\"", "\"é\"", "W/\"*\""] {
            let (tag, rest) = EntityTag::read(text.as_bytes()).unwrap();
            assert_eq!((&*shown(&tag), rest), (text, &b""[..]));
        }
        for text in [
            "", "a", "\"", "\"a", "w/\"a\"", "W/ \"a\"", "W/a", "\"a b\"", "\"\t\"", "*",
        ] {
            assert_eq!(EntityTag::read(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn tags_of_different_numbers_do_not_match() {
        let tags = [&[0x12, 0x3][..], &[0x1, 0x23], &[0x123], &[0x12, 0x3, 0]].map(EntityTag::of);
        assert_eq!(shown(&tags[0]), "\"12-3\"");
        for (index, one) in tags.iter().enumerate() {
            for (other_index, other) in tags.iter().enumerate() {
                assert_eq!(one.matches(other), index == other_index);
            }
        }
    }

    #[test]
    fn a_weak_tag_matches_the_strong_one_and_stays_weak() {
        let mut response = Response::default();
        EntityTag::of(&[1]).set_on(&mut response);
        for _ in 0..2 {
            weaken(response.headers_mut());
            assert_eq!(response.headers()[header::ETAG], "W/\"1\"");
        }
        let (weak, _) = EntityTag::read(b"W/\"1\"").unwrap();
        assert!(weak.matches(&EntityTag::of(&[1])) && !weak.matches(&EntityTag::of(&[2])));
    }
}

//! The id of a request, which stands in its answer and in its log line.

use axum::http::{HeaderName, HeaderValue};
use uuid::Uuid;

/// The id of a request: `req-` and what the client chose, or a random UUID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

/// An id of a client's that cannot be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a request id has at most {} visible ASCII characters",
    RequestId::MAX_CHARS
)]
pub struct BadRequestId;

impl RequestId {
    /// The header that carries it, both ways.
    pub const HEADER: HeaderName = HeaderName::from_static("x-openstack-request-id");

    /// The longest id that is taken over from a client, as in Glance.
    pub const MAX_CHARS: usize = 64;

    /// A fresh id.
    #[must_use]
    pub fn fresh() -> Self {
        let mut text = *b"req-00000000-0000-0000-0000-000000000000";
        Uuid::new_v4().hyphenated().encode_lower(&mut text[4..]);
        Self(HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static("req-")))
    }

    /// The id that a client chose; an empty one is none. Glance puts `req-` before it where that is missing.
    pub fn chosen(value: &HeaderValue) -> Result<Option<Self>, BadRequestId> {
        if value.is_empty() {
            return Ok(None);
        }
        if value.len() > Self::MAX_CHARS || !value.as_bytes().iter().all(u8::is_ascii_graphic) {
            return Err(BadRequestId);
        }
        let text = value.to_str().map_err(|_| BadRequestId)?;
        let id = if text.starts_with("req-") {
            Self::from_visible(text)
        } else {
            Self::from_visible(&format!("req-{text}"))
        };
        Ok(Some(id))
    }

    fn from_visible(text: &str) -> Self {
        Self(HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("req-")))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    /// The id as the value of [`Self::HEADER`].
    #[must_use]
    pub fn to_header(&self) -> HeaderValue {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(text: &str) -> Result<Option<RequestId>, BadRequestId> {
        RequestId::chosen(&HeaderValue::from_bytes(text.as_bytes()).unwrap())
    }

    #[test]
    fn the_prefix_is_added_only_where_it_is_missing() {
        assert_eq!(chosen("abc").unwrap().unwrap().as_str(), "req-abc");
        assert_eq!(chosen("req-abc").unwrap().unwrap().as_str(), "req-abc");
    }

    #[test]
    fn the_length_is_counted_without_the_prefix() {
        assert_eq!(chosen(&"r".repeat(64)).unwrap().unwrap().as_str().len(), 68);
        assert_eq!(chosen(&"r".repeat(65)), Err(BadRequestId));
    }

    #[test]
    fn blanks_and_other_bytes_are_refused_and_an_empty_id_is_none() {
        for text in ["a b", "é"] {
            assert_eq!(chosen(text), Err(BadRequestId));
        }
        assert_eq!(chosen(""), Ok(None));
    }
}

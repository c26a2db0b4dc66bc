//! Request ids: in a header of the request and of its response, and in the log line.

use axum::http::{HeaderName, HeaderValue};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

/// The id of a request: `req-` followed by the text of the client's choice, or by a random UUID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(HeaderValue);

/// A client's id is too long, or has other characters than visible ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a request id has at most {} visible ASCII characters",
    RequestId::MAX_CHARS
)]
pub struct RequestIdError;

impl RequestId {
    /// The header of requests and responses that carries it.
    pub const HEADER: HeaderName = HeaderName::from_static("x-openstack-request-id");

    /// The longest id that a client may choose, without the prefix, as in Glance.
    pub const MAX_CHARS: usize = 64;

    /// A random id.
    #[must_use]
    pub fn random() -> Self {
        let mut text = *b"req-00000000-0000-0000-0000-000000000000";
        Uuid::new_v4().hyphenated().encode_lower(&mut text[4..]);
        Self(HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static("req-")))
    }

    /// Reads the id that a client chose; an empty value is no choice. Like Glance, adds the prefix
    /// `req-` where it is missing.
    pub fn from_client(value: &HeaderValue) -> Result<Option<Self>, RequestIdError> {
        if value.is_empty() {
            return Ok(None);
        }
        if value.len() > Self::MAX_CHARS || !value.as_bytes().iter().all(u8::is_ascii_graphic) {
            return Err(RequestIdError);
        }
        let text = value.to_str().map_err(|_| RequestIdError)?;
        let id = if text.starts_with("req-") {
            Self::from_visible(text)
        } else {
            Self::from_visible(&format!("req-{text}"))
        };
        Ok(Some(id))
    }

    /// Whether `value` has the form of the ids that OpenStack services make and pass on: `req-` and
    /// a UUID in lower case.
    pub(super) fn is_global(value: &HeaderValue) -> bool {
        let uuid = value.as_bytes().strip_prefix(b"req-");
        let is_lower_case = |uuid: &[u8]| !uuid.iter().any(u8::is_ascii_uppercase);
        uuid.is_some_and(|uuid| {
            uuid.len() == Hyphenated::LENGTH
                && is_lower_case(uuid)
                && Uuid::try_parse_ascii(uuid).is_ok()
        })
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

    fn from_client(text: &str) -> Result<Option<RequestId>, RequestIdError> {
        RequestId::from_client(&HeaderValue::from_bytes(text.as_bytes()).unwrap())
    }

    #[test]
    fn the_prefix_is_added_only_where_it_is_missing() {
        assert_eq!(from_client("abc").unwrap().unwrap().as_str(), "req-abc");
        assert_eq!(from_client("req-abc").unwrap().unwrap().as_str(), "req-abc");
    }

    #[test]
    fn the_length_is_counted_without_the_prefix() {
        assert_eq!(
            from_client(&"r".repeat(64))
                .unwrap()
                .unwrap()
                .as_str()
                .len(),
            68
        );
        assert_eq!(from_client(&"r".repeat(65)), Err(RequestIdError));
    }

    #[test]
    fn blanks_and_other_bytes_are_errors_and_an_empty_id_is_none() {
        for text in ["a b", "é"] {
            assert_eq!(from_client(text), Err(RequestIdError));
        }
        assert_eq!(from_client(""), Ok(None));
    }

    #[test]
    fn an_id_of_an_openstack_service_is_global_and_others_are_not() {
        let uuid = "0d5b2a3c-8f1e-4c6d-9b7a-1234567890ab";
        let is_global = |text: &str| RequestId::is_global(&HeaderValue::from_str(text).unwrap());
        assert!(is_global(&format!("req-{uuid}")));
        for text in [
            uuid.to_owned(),
            format!("req-{}", uuid.to_uppercase()),
            format!("req-{}", uuid.replace('-', "")),
            format!("req-{uuid}0"),
            "req-abc".to_owned(),
        ] {
            assert!(!is_global(&text), "{text}");
        }
    }
}

//! The header `tracestate`.

use axum::http::{HeaderMap, HeaderName, HeaderValue};

pub(super) const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// A longer `tracestate` is not passed on, in bytes. The recommendation asks for at least as many.
const MAX_STATE_BYTES: usize = 512;

/// The most members of a `tracestate`, by the recommendation.
const MAX_STATE_MEMBERS: usize = 32;

/// The longest key and the longest value of a member of `tracestate`, by the recommendation.
const MAX_STATE_CHARS: usize = 256;

/// The members of all `tracestate` headers in one value, if they are valid and few.
pub(super) fn read(headers: &HeaderMap) -> Option<HeaderValue> {
    let values: Result<Vec<_>, _> = headers
        .get_all(TRACESTATE)
        .iter()
        .map(HeaderValue::to_str)
        .collect();
    let values = values.ok()?.join(",");
    if values.len() > MAX_STATE_BYTES {
        return None;
    }
    let members = values.split(',').map(str::trim_ascii);
    let members: Vec<_> = members.filter(|member| !member.is_empty()).collect();
    let is_valid = (1..=MAX_STATE_MEMBERS).contains(&members.len())
        && members.iter().all(|member| is_member(member));
    is_valid
        .then(|| HeaderValue::from_str(&members.join(",")).ok())
        .flatten()
}

fn is_member(member: &str) -> bool {
    let Some((key, value)) = member.split_once('=') else {
        return false;
    };
    let is_key_char =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-*/@".contains(&byte);
    let starts_well = key.starts_with(|first: char| first.is_ascii_alphanumeric());
    let is_value_char = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'=';
    starts_well
        && key.len() <= MAX_STATE_CHARS
        && key.bytes().all(is_key_char)
        && (1..=MAX_STATE_CHARS).contains(&value.len())
        && value.bytes().all(is_value_char)
}

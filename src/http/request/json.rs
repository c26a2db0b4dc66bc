//! JSON request bodies, parsed only as far as a handler needs.
//!
//! A parsed value takes many times the memory of its text. So no value of a whole body is built,
//! and a part that no handler reads is not parsed.

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::memory::{WholeBody, counted};
use crate::budget::{Budget, Reservation};
use crate::http::HttpError;

/// A list or an object with more parts is not parsed as a value. Each part takes 64 bytes or more.
const MAX_PARTS: usize = 10_000;

/// What each part of a list or an object takes at most besides its text: a tag in a set, a
/// property, a part of an operation. It is reserved before the body is parsed, so that no request
/// waits for memory while it holds parts.
const PART_BYTES: usize = 96;

/// A JSON body: an object or an array without a NUL in its strings, which PostgreSQL cannot store.
#[derive(Debug)]
pub(crate) struct JsonBody(WholeBody);

/// A part of a body that is not parsed yet.
pub(crate) type Raw<'a> = &'a RawValue;

/// The members of an object in the order of the text. Of two with the same name the last counts.
pub(crate) type Members<'a> = IndexMap<String, Raw<'a>>;

impl JsonBody {
    /// Checks that `whole` is an object or an array without a NUL, and reserves what its parts will
    /// take.
    pub(super) async fn check(mut whole: WholeBody, budget: &Budget) -> Result<Self, HttpError> {
        if whole.bytes.is_empty() {
            return Err(HttpError::invalid("Body expected in request."));
        }
        let text = parse::<Raw<'_>>(&whole.bytes)?.get();
        if !text.starts_with(['{', '[']) {
            return Err(HttpError::invalid(
                "Unexpected body type. Expected list/dict.",
            ));
        }
        if has_nul(text) {
            return Err(HttpError::Nul("JSON"));
        }
        let parts = text.bytes().filter(|byte| *byte == b',').count() + 1;
        let parsed_bytes = whole.bytes.len() + parts * PART_BYTES;
        whole.memory.resize(counted(parsed_bytes), budget).await?;
        Ok(Self(whole))
    }

    /// The body as an object; `None` if it is an array.
    pub(crate) fn members(&self) -> Result<Option<Members<'_>>, HttpError> {
        if self.0.bytes.trim_ascii_start().starts_with(b"{") {
            self.parse().map(Some)
        } else {
            Ok(None)
        }
    }

    /// The body as an array; `None` if it is an object.
    pub(crate) fn items(&self) -> Result<Option<Vec<Raw<'_>>>, HttpError> {
        if self.0.bytes.trim_ascii_start().starts_with(b"[") {
            self.parse().map(Some)
        } else {
            Ok(None)
        }
    }

    /// The whole body as one value, for a short one.
    pub(crate) fn value(&self) -> Result<Value, HttpError> {
        self.parse()
    }

    /// The text of the body.
    pub(crate) fn text(&self) -> Result<&str, HttpError> {
        std::str::from_utf8(&self.0.bytes).map_err(|_| HttpError::Undecodable)
    }

    fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, HttpError> {
        parse(&self.0.bytes)
    }

    /// Drops the body and keeps its reservation.
    pub(crate) fn into_memory(self) -> Reservation {
        self.0.memory
    }
}

fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, HttpError> {
    serde_json::from_slice(bytes).map_err(|_| HttpError::invalid("Malformed JSON in request body."))
}

/// The part as a `T`.
pub(crate) fn part<'a, T: Deserialize<'a>>(raw: Raw<'a>) -> Result<T, HttpError> {
    parse(raw.get().as_bytes())
}

/// The part as a value. No attribute is a list or an object with very many parts: such a part
/// becomes a list with one placeholder, which an error can show.
pub(crate) fn value(raw: Raw<'_>) -> Result<Value, HttpError> {
    let text = raw.get();
    let parts = || {
        text.bytes()
            .filter(|byte| matches!(byte, b',' | b'[' | b'{'))
            .count()
    };
    if text.starts_with(['[', '{']) && parts() > MAX_PARTS {
        return Ok(Value::from(vec!["…"]));
    }
    part(raw)
}

/// Whether a string in a JSON text contains a NUL. JSON has it only as an escape.
fn has_nul(text: &str) -> bool {
    let is_escape = |(start, _): (usize, &str)| {
        // A backslash that is itself escaped begins no escape.
        text[..start]
            .bytes()
            .rev()
            .take_while(|byte| *byte == b'\\')
            .count()
            % 2
            == 0
    };
    text.match_indices("\\u0000").any(is_escape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_is_found_and_an_escaped_backslash_before_its_digits_is_none() {
        for (text, expected) in [
            (r#"["\u0000"]"#, true),
            (r#"["a\\\u0000"]"#, true),
            (r#"["\\u0000"]"#, false),
            (r#"["\u00001"]"#, true),
            (r#"["\u0001"]"#, false),
            (r#"{"\u0000": 1}"#, true),
        ] {
            let parsed: Value = serde_json::from_str(text).unwrap();
            let in_name = parsed
                .as_object()
                .is_some_and(|object| object.keys().any(|name| name.contains('\0')));
            let in_item = parsed
                .get(0)
                .and_then(Value::as_str)
                .is_some_and(|text| text.contains('\0'));
            assert_eq!(
                (has_nul(text), in_name || in_item),
                (expected, expected),
                "{text}"
            );
        }
    }

    #[test]
    fn a_list_with_very_many_parts_is_not_parsed() {
        let long = format!("[{}0]", "0,".repeat(MAX_PARTS + 1));
        assert_eq!(
            value(serde_json::from_str(&long).unwrap()).unwrap(),
            Value::from(vec!["…"])
        );
        let text = format!("\"{}\"", ",".repeat(MAX_PARTS + 1));
        assert_eq!(
            value(serde_json::from_str(&text).unwrap()).unwrap(),
            Value::from(",".repeat(MAX_PARTS + 1))
        );
    }
}

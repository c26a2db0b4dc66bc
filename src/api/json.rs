//! Request bodies in JSON.
//!
//! They are taken apart only as far as somebody asks for a part. A parsed value takes many times what its text does, so none
//! of a whole body is made, and what nobody needs is not parsed at all.

use axum::extract::Request;
use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::body::{self, WholeBody};
use super::context::Context;
use super::error::Error;
use crate::budget::Reservation;

/// The most parts that a list or an object in JSON may have to be parsed as a value. It takes 64 bytes or more for each.
const MAX_PARTS: usize = 10_000;

/// What each part of a list or an object becomes at most, besides its text: a tag of a set, a property, a part of an
/// operation. It is reserved before a body is taken apart, so that nobody waits for memory with the parts in hand.
const PART_BYTES: usize = 96;

/// A body in JSON: an object or an array, without a NUL in any of its strings.
#[derive(Debug)]
pub(super) struct JsonBody(WholeBody);

/// A part of a body that has not been parsed yet.
pub(super) type Raw<'a> = &'a RawValue;

/// The members of an object, in the order of the text. Of two with the same name the last counts.
pub(super) type Members<'a> = IndexMap<String, Raw<'a>>;

/// Reads the body of `request`.
pub(super) async fn read(request: Request, context: &Context) -> Result<JsonBody, Error> {
    read_up_to(context.settings.json_bytes, request, context).await
}

/// The same with a limit of its own.
pub(super) async fn read_up_to(
    limit: usize,
    request: Request,
    context: &Context,
) -> Result<JsonBody, Error> {
    let mut whole = body::collect(request, limit, context).await?;
    if whole.bytes.is_empty() {
        return Err(Error::Invalid("Body expected in request.".into()));
    }
    let text = parse::<Raw<'_>>(&whole.bytes)?.get();
    if !text.starts_with(['{', '[']) {
        return Err(Error::Invalid(
            "Unexpected body type. Expected list/dict.".into(),
        ));
    }
    if has_nul(text) {
        return Err(Error::Nul("JSON"));
    }
    let parts = text.bytes().filter(|byte| *byte == b',').count() + 1;
    let taken_apart = whole.bytes.len() + parts * PART_BYTES;
    whole
        .memory
        .resize(body::counted(taken_apart), &context.budget)
        .await?;
    Ok(JsonBody(whole))
}

impl JsonBody {
    /// The body as an object; `None` if it is an array.
    pub(super) fn members(&self) -> Result<Option<Members<'_>>, Error> {
        if self.0.bytes.trim_ascii_start().starts_with(b"{") {
            self.parse().map(Some)
        } else {
            Ok(None)
        }
    }

    /// The body as an array; `None` if it is an object.
    pub(super) fn items(&self) -> Result<Option<Vec<Raw<'_>>>, Error> {
        if self.0.bytes.trim_ascii_start().starts_with(b"[") {
            self.parse().map(Some)
        } else {
            Ok(None)
        }
    }

    /// All of the body as one value, for one that cannot be long.
    pub(super) fn value(&self) -> Result<Value, Error> {
        self.parse()
    }

    fn parse<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Error> {
        parse(&self.0.bytes)
    }

    /// What is reserved for the body, when the body itself is not needed any more.
    pub(super) fn into_memory(self) -> Reservation {
        self.0.memory
    }
}

fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Error> {
    serde_json::from_slice(bytes)
        .map_err(|_| Error::Invalid("Malformed JSON in request body.".into()))
}

/// The part as a `T`.
pub(super) fn part<'a, T: Deserialize<'a>>(raw: Raw<'a>) -> Result<T, Error> {
    parse(raw.get().as_bytes())
}

/// The part as a value. No attribute is a list or an object with very many parts: such a one has one part instead, for an
/// error to show.
pub(super) fn value(raw: Raw<'_>) -> Result<Value, Error> {
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

/// Whether a string in a JSON text has a NUL in it, which PostgreSQL cannot store. JSON knows it only as an escape.
fn has_nul(text: &str) -> bool {
    let is_escape = |(start, _): (usize, &str)| {
        // A backslash that is escaped itself begins no escape.
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

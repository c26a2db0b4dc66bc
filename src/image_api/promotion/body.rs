//! The JSON bodies of moves of a tag.

use serde_json::Value;

use crate::http::request::{self, JsonBody, Members, Raw};
use crate::image::{Reason, ReasonError, Tag};
use crate::image_api::error::Error;
use crate::image_api::image_path::ImageRef;
use crate::image_api::schemas;

const PROMOTION: &str = "Expected an image in the form: {\"image\": \"id\", \"reason\": \"text\"}";

const ASSIGNMENT: &str =
    "Expected a tag in the form: {\"from_tag\": \"tag\", \"reason\": \"text\"}";

const REVERSION: &str =
    "Expected an event in the form: {\"to\": 1, \"reason\": \"text\"}, or no body";

/// `{"image": "id", "reason": "text"}`: the image that a tag is moved to.
#[derive(Debug)]
pub(super) struct Promotion {
    pub(super) image: ImageRef,
    pub(super) reason: Option<Reason>,
}

/// `{"from_tag": "tag", "reason": "text"}`: the tag whose image another tag is moved to.
#[derive(Debug)]
pub(super) struct Assignment {
    pub(super) from_tag: Tag,
    pub(super) reason: Option<Reason>,
}

/// `{"to": 1, "reason": "text"}`, each of them optional: the event to whose image a tag is moved
/// back.
#[derive(Debug, Default)]
pub(super) struct Reversion {
    pub(super) to: Option<u64>,
    pub(super) reason: Option<Reason>,
}

impl Promotion {
    pub(super) fn read(body: &JsonBody) -> Result<Self, Error> {
        let (image, reason) = members(body, "image", PROMOTION)?;
        let Some(Value::String(text)) = image else {
            return Err(Error::invalid(PROMOTION));
        };
        let image = ImageRef {
            id: text.parse().ok(),
            text,
        };
        Ok(Self { image, reason })
    }
}

impl Assignment {
    pub(super) fn read(body: &JsonBody) -> Result<Self, Error> {
        let (tag, reason) = members(body, "from_tag", ASSIGNMENT)?;
        let Some(Value::String(text)) = tag else {
            return Err(Error::invalid(ASSIGNMENT));
        };
        let from_tag = text.parse().map_err(|_| schemas::invalid_tag(&text))?;
        Ok(Self { from_tag, reason })
    }
}

impl Reversion {
    pub(super) fn read(body: Option<&JsonBody>) -> Result<Self, Error> {
        let Some(body) = body else {
            return Ok(Self::default());
        };
        let (event, reason) = members(body, "to", REVERSION)?;
        let id = |event: Value| event.as_u64().ok_or(Error::invalid(REVERSION));
        let to = event.map(id).transpose()?;
        Ok(Self { to, reason })
    }
}

/// The member `name` and the reason of a body that has no other members. `expected` tells which
/// there are.
fn members(
    body: &JsonBody,
    name: &str,
    expected: &'static str,
) -> Result<(Option<Value>, Option<Reason>), Error> {
    let mut members: Members<'_> = body.members()?.ok_or(Error::invalid(expected))?;
    let value = members.shift_remove(name).map(request::value).transpose()?;
    let reason = members.shift_remove("reason").map(reason).transpose()?;
    match members.keys().next() {
        None => Ok((value, reason.flatten())),
        Some(other) => Err(Error::invalid(format!(
            "Unknown member '{other}'. {expected}"
        ))),
    }
}

/// The reason for a move; answers show a missing one as null, so null is none.
fn reason(raw: Raw<'_>) -> Result<Option<Reason>, Error> {
    match request::value(raw)? {
        Value::Null => Ok(None),
        Value::String(text) => text
            .parse()
            .map(Some)
            .map_err(|error: ReasonError| Error::invalid(format!("Invalid reason: {error}."))),
        _ => Err(Error::invalid("The reason must be a text.")),
    }
}

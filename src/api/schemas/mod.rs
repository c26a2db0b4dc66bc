//! `GET /v2/schemas/{name}`: the JSON schemas of images and members. The one of images is also what is enforced.

use std::sync::LazyLock;

use axum::http::{HeaderName, header};
use serde_json::Value;

use super::error::Error;
use super::python::{quoted, shown};
use crate::image::ImageId;

/// A schema, ready to be answered.
type Schema = ([(HeaderName, &'static str); 1], &'static str);

const fn schema(text: &'static str) -> Schema {
    ([(header::CONTENT_TYPE, "application/json")], text)
}

pub(super) const IMAGE: Schema = schema(include_str!("image.json"));
pub(super) const IMAGES: Schema = schema(include_str!("images.json"));
pub(super) const MEMBER: Schema = schema(include_str!("member.json"));
pub(super) const MEMBERS: Schema = schema(include_str!("members.json"));

/// The schema of an image, parsed.
static OF_IMAGE: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(IMAGE.1).unwrap_or_default());

/// Whether `value` is what the schema of an image says of the attribute or property `name`.
pub(super) fn check_member(name: &str, value: &Value) -> Result<(), Error> {
    let (schema, place) = match OF_IMAGE["properties"].get(name) {
        Some(schema) => (schema, format!("['properties'][{}]", quoted(name))),
        None => (
            &OF_IMAGE["additionalProperties"],
            "['additionalProperties']".to_owned(),
        ),
    };
    check_value(value, schema, &place, &format!("[{}]", quoted(name)))
}

/// Whether `text` is a tag as the schema has it, told as Glance tells it of a tag in a path.
pub(super) fn fault_of_tag(text: &str) -> Error {
    check_member("tags", &Value::from(vec![text]))
        .err()
        .unwrap_or(Error::Invalid("It is no tag.".into()))
}

/// Checks `value` by those keywords that the schema of an image has.
fn check_value(value: &Value, schema: &Value, place: &str, instance: &str) -> Result<(), Error> {
    let fault = |what: String, keyword: &str| {
        Error::Schema(format!(
            "{} {what}\n\nFailed validating '{keyword}' in schema{place}:\n    {}\n\nOn instance{instance}:\n    {}",
            shown(value),
            shown(schema),
            shown(value)
        ))
    };
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    if !types.iter().any(|name| is_of_type(value, name)) {
        let types: Vec<_> = types.into_iter().map(quoted).collect();
        return Err(fault(
            format!("is not of type {}", types.join(", ")),
            "type",
        ));
    }
    if let Some(choice) = schema.get("enum").filter(|choice| {
        choice
            .as_array()
            .is_none_or(|choice| !choice.contains(value))
    }) {
        return Err(fault(format!("is not one of {}", shown(choice)), "enum"));
    }
    let longest = schema["maxLength"]
        .as_u64()
        .and_then(|longest| usize::try_from(longest).ok());
    if let (Some(text), Some(longest)) = (value.as_str(), longest)
        && text.chars().nth(longest).is_some()
    {
        return Err(fault("is too long".to_owned(), "maxLength"));
    }
    // The one pattern in the schema is that of an id.
    if let (Some(text), Some(pattern)) = (value.as_str(), schema.get("pattern"))
        && text.parse::<ImageId>().is_err()
    {
        return Err(fault(
            format!("does not match {}", shown(pattern)),
            "pattern",
        ));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        check_value(
            item,
            &schema["items"],
            &format!("{place}['items']"),
            &format!("{instance}[{index}]"),
        )?;
    }
    Ok(())
}

fn is_of_type(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => {
            value.is_i64()
                || value.is_u64()
                || value.as_f64().is_some_and(|number| number.fract() == 0.0)
        }
        "array" => value.is_array(),
        _ => false,
    }
}

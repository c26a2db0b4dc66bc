//! Validation against the schema of an image. The texts are those of Python's `jsonschema`, which
//! Glance passes on to its clients.

use std::sync::LazyLock;

use serde_json::Value;

use super::documents::IMAGE;
use super::python_repr::{repr, repr_str};
use crate::image::ImageId;
use crate::image_api::error::Error;

/// The schema of an image, parsed.
static OF_IMAGE: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(IMAGE.1).unwrap_or_default());

/// Checks `value` against the schema of the attribute or property `name`.
pub(in crate::image_api) fn check_member(name: &str, value: &Value) -> Result<(), Error> {
    let (schema, place) = match OF_IMAGE["properties"].get(name) {
        Some(schema) => (schema, format!("['properties'][{}]", repr_str(name))),
        None => (
            &OF_IMAGE["additionalProperties"],
            "['additionalProperties']".to_owned(),
        ),
    };
    check_value(value, schema, &place, &format!("[{}]", repr_str(name)))
}

/// The error for a text that is no tag: 400 in the words in which Glance refuses a tag in a path.
pub(in crate::image_api) fn invalid_tag(text: &str) -> Error {
    check_member("tags", &Value::from(vec![text]))
        .err()
        .unwrap_or(Error::invalid("It is no tag."))
}

/// Checks `value` against the keywords that occur in the schema of an image.
fn check_value(value: &Value, schema: &Value, place: &str, instance: &str) -> Result<(), Error> {
    let error = |what: String, keyword: &str| {
        Error::Schema(format!(
            "{} {what}\n\nFailed validating '{keyword}' in schema{place}:\n    {}\n\nOn instance{instance}:\n    {}",
            repr(value),
            repr(schema),
            repr(value)
        ))
    };
    let types: Vec<&str> = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    if !types.iter().any(|name| is_of_type(value, name)) {
        let types: Vec<_> = types.into_iter().map(repr_str).collect();
        return Err(error(
            format!("is not of type {}", types.join(", ")),
            "type",
        ));
    }
    if let Some(choice) = schema.get("enum").filter(|choice| {
        choice
            .as_array()
            .is_none_or(|choice| !choice.contains(value))
    }) {
        return Err(error(format!("is not one of {}", repr(choice)), "enum"));
    }
    let longest = schema["maxLength"]
        .as_u64()
        .and_then(|longest| usize::try_from(longest).ok());
    if let (Some(text), Some(longest)) = (value.as_str(), longest)
        && text.chars().nth(longest).is_some()
    {
        return Err(error("is too long".to_owned(), "maxLength"));
    }
    // The only pattern in the schema is that of an image id.
    if let (Some(text), Some(pattern)) = (value.as_str(), schema.get("pattern"))
        && text.parse::<ImageId>().is_err()
    {
        return Err(error(
            format!("does not match {}", repr(pattern)),
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

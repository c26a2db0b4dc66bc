//! Attributes and properties in JSON, as a client sends them, turned into edits.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::http::HttpError;
use crate::http::request::{self, Raw};
use crate::identity::ProjectIdError;
use crate::image::{
    Access, Attribute, AttributeError, AttributeValue, Edit, Minimum, MinimumError, PropertyName,
    PropertyNameError, PropertyValue, PropertyValueError, Tag,
};
use crate::image_api::error::Error;
use crate::image_api::schemas;

/// A name that is read-only in Glance although no image shows it.
const DIRECT_URL: &str = "direct_url";

/// Refuses names that a client may not set. The id can be chosen for a new image only.
pub(super) fn check_name(name: &str) -> Result<(), Error> {
    match (Attribute::named(name), name.parse::<PropertyName>()) {
        (Some(attribute), _) if attribute.access() == Access::Writable => Ok(()),
        (Some(_), _) => Err(Error::ReadOnly(name.to_owned())),
        (None, Ok(_)) => Ok(()),
        (None, Err(_)) if name == DIRECT_URL => Err(Error::ReadOnly(name.to_owned())),
        (None, Err(error)) => Err(name_error(name, error)),
    }
}

fn name_error(name: &str, error: PropertyNameError) -> Error {
    match error {
        PropertyNameError::IsAttribute | PropertyNameError::Reserved => {
            Error::Reserved(name.to_owned())
        }
        PropertyNameError::TooLong => {
            Error::invalid("Custom property should not be greater than 255 characters.")
        }
        PropertyNameError::Nul => HttpError::Nul("JSON").into(),
    }
}

/// The value of an attribute or a property that matches the schema.
#[derive(Debug)]
pub(super) enum GivenValue {
    Tags(BTreeSet<Tag>),
    /// A text, a number, a truth value or null.
    Scalar(Value),
}

/// Reads the value for `name` and checks it against the schema.
pub(super) fn given_value(name: &str, value: Raw<'_>) -> Result<GivenValue, Error> {
    if name == "tags" {
        return tags(value).map(GivenValue::Tags);
    }
    let value = request::value(value)?;
    schemas::check_member(name, &value)?;
    Ok(GivenValue::Scalar(value))
}

/// Reads the tags in a JSON array of strings.
pub(in crate::image_api) fn tags(value: Raw<'_>) -> Result<BTreeSet<Tag>, Error> {
    if let Ok(tags) = request::part(value) {
        return Ok(tags);
    }
    // One of them is no tag. The schema check makes the error.
    schemas::check_member("tags", &request::value(value)?)?;
    Err(Error::invalid(
        "There is something in the list that is no tag.",
    ))
}

/// Reads one tag.
pub(super) fn tag(value: Raw<'_>) -> Result<Tag, Error> {
    request::part(value).or_else(|_| {
        schemas::check_member("tags", &Value::from(vec![request::value(value)?]))?;
        Err(Error::invalid("It is no tag."))
    })
}

/// The edit that sets the attribute or property `name` to a value that matches the schema.
pub(super) fn edit(name: &str, value: Value) -> Result<Edit, Error> {
    match Attribute::named(name) {
        Some(attribute) => {
            let error = |error| value_error(attribute, &value, &error);
            attribute.edit(&attribute_value(&value)).map_err(error)
        }
        None => property(name, value),
    }
}

fn property(name: &str, value: Value) -> Result<Edit, Error> {
    let text = if let Value::String(text) = value {
        text
    } else {
        String::new()
    };
    let value = PropertyValue::try_from(text).map_err(|error| match error {
        PropertyValueError::TooLong => Error::invalid(format!(
            "The value of {name} has more than {} bytes.",
            PropertyValue::MAX_BYTES
        )),
        PropertyValueError::Nul => HttpError::Nul("JSON").into(),
    })?;
    let name = name.parse().map_err(|error| name_error(name, error))?;
    Ok(Edit::Property(name, value))
}

/// The value of an attribute. The schema allows whole numbers, including 1.0 and 1e3. A number out
/// of range stays out of range.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a number is whole by then, and one that is out of range becomes the nearest"
)]
fn attribute_value(value: &Value) -> AttributeValue<'_> {
    match value {
        Value::String(text) => text.as_str().into(),
        Value::Bool(flag) => (*flag).into(),
        Value::Number(number) => number.as_f64().map(|number| number as i64).into(),
        Value::Null | Value::Array(_) | Value::Object(_) => AttributeValue::Null,
    }
}

/// Glance's text for a value that matches the schema and does not fit the attribute.
fn value_error(attribute: Attribute, value: &Value, error: &AttributeError) -> Error {
    let name = attribute.name();
    match error {
        AttributeError::Owner(ProjectIdError::Empty) => {
            Error::invalid("The owner must not be empty.")
        }
        AttributeError::Minimum(MinimumError::Negative) => Error::invalid(format!(
            "Invalid value '{value}' for parameter '{name}': Cannot be a negative value"
        )),
        AttributeError::Minimum(MinimumError::TooLarge) => Error::invalid(format!(
            "'{name}' value out of range, must not exceed {}.",
            Minimum::MAX
        )),
        // The schema check has refused it before.
        error => Error::invalid(format!("Invalid value for '{name}': {error}.")),
    }
}

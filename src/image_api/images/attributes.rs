//! What a client may say of an image in JSON: attributes and properties, turned into edits.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::http::request::{self, Raw};
use crate::image::{Edit, Properties, Tag};
use crate::image_api::error::Error;
use crate::image_api::schemas;

/// Attributes that only the service sets.
const READ_ONLY: [&str; 13] = [
    "created_at",
    "updated_at",
    "status",
    "checksum",
    "size",
    "virtual_size",
    "direct_url",
    "self",
    "file",
    "schema",
    "id",
    "os_hash_algo",
    "os_hash_value",
];

/// Refuses what a client may not set. The id is given with a new image, and read-only after that.
pub(super) fn check_name(name: &str) -> Result<(), Error> {
    if READ_ONLY.contains(&name) {
        return Err(Error::ReadOnly(name.to_owned()));
    }
    if Properties::is_reserved(name) {
        return Err(Error::Reserved(name.to_owned()));
    }
    if name.chars().nth(Properties::MAX_NAME_CHARS).is_some() {
        return Err(Error::invalid(
            "Custom property should not be greater than 255 characters.",
        ));
    }
    Ok(())
}

/// What a client says of an attribute or a property, of which the schema has been asked.
#[derive(Debug)]
pub(super) enum GivenValue {
    Tags(BTreeSet<Tag>),
    /// A text, a number or a truth value.
    Scalar(Value),
}

/// What a client says of `name`.
pub(super) fn given_value(name: &str, value: Raw<'_>) -> Result<GivenValue, Error> {
    if name == "tags" {
        return tags(value).map(GivenValue::Tags);
    }
    let value = request::value(value)?;
    schemas::check_member(name, &value)?;
    Ok(GivenValue::Scalar(value))
}

/// The tags in a JSON array of strings.
pub(super) fn tags(value: Raw<'_>) -> Result<BTreeSet<Tag>, Error> {
    if let Ok(tags) = request::part(value) {
        return Ok(tags);
    }
    // Something is no tag: the schema says what, and how.
    schemas::check_member("tags", &request::value(value)?)?;
    Err(Error::invalid(
        "There is something in the list that is no tag.",
    ))
}

/// One tag in JSON.
pub(super) fn tag(value: Raw<'_>) -> Result<Tag, Error> {
    request::part(value).or_else(|_| {
        schemas::check_member("tags", &Value::from(vec![request::value(value)?]))?;
        Err(Error::invalid("It is no tag."))
    })
}

/// The edit that gives the attribute or property `name` this value, of which the schema has been asked.
pub(super) fn edit(name: &str, value: Value) -> Result<Edit, Error> {
    let flag = |value: &Value| value.as_bool().unwrap_or_default();
    Ok(match name {
        "name" => Edit::Name(text(value)),
        "owner" if value == "" => {
            return Err(Error::invalid("The owner must not be empty."));
        }
        "owner" => Edit::Owner(value.as_str().map(Into::into)),
        "visibility" => Edit::Visibility(
            value
                .as_str()
                .and_then(|word| word.parse().ok())
                .ok_or(Error::invalid("It is no visibility."))?,
        ),
        "protected" => Edit::Protected(flag(&value)),
        "os_hidden" => Edit::Hidden(flag(&value)),
        "disk_format" => Edit::DiskFormat(text(value)),
        "container_format" => Edit::ContainerFormat(text(value)),
        "min_disk" => Edit::MinDisk(amount(name, &value)?),
        "min_ram" => Edit::MinRam(amount(name, &value)?),
        _ => {
            let value = text(value).unwrap_or_default();
            if value.len() > Properties::MAX_VALUE_BYTES {
                return Err(Error::invalid(format!(
                    "The value of {name} has more than {} bytes.",
                    Properties::MAX_VALUE_BYTES
                )));
            }
            Edit::Property(name.to_owned(), value)
        }
    })
}

fn text(value: Value) -> Option<String> {
    if let Value::String(text) = value {
        Some(text)
    } else {
        None
    }
}

/// A number from 0 to what a column of a database holds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "by then it is whole and in the range"
)]
fn amount(name: &str, value: &Value) -> Result<u32, Error> {
    if value.as_f64().is_some_and(|number| number < 0.0) {
        return Err(Error::invalid(format!(
            "Invalid value '{value}' for parameter '{name}': Cannot be a negative value"
        )));
    }
    // The schema has let whole numbers through, 1.0 and 1e3 among them.
    let number = value
        .as_f64()
        .filter(|number| *number <= f64::from(i32::MAX));
    number.map(|number| number as u32).ok_or_else(|| {
        Error::invalid(format!(
            "'{name}' value out of range, must not exceed 2147483647."
        ))
    })
}

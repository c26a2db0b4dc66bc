//! What a client may say of an image in JSON: attributes and properties, turned into edits.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::api::error::Error;
use crate::api::schemas;
use crate::image::{Edit, Tag};

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

/// Names that Glance keeps to itself.
const RESERVED: [&str; 5] = ["location", "locations", "deleted", "deleted_at", "stores"];

/// Properties whose names begin with this are Glance's own.
const RESERVED_PREFIX: &str = "os_glance";

/// The longest name of a property, in characters.
const MAX_NAME_CHARS: usize = 255;

/// The longest value of a property, in bytes: what a column of MariaDB's type `TEXT` holds.
const MAX_VALUE_BYTES: usize = 65_535;

/// Refuses what a client may not set. The id is given with a new image, and read-only after that.
pub(super) fn check_name(name: &str) -> Result<(), Error> {
    if READ_ONLY.contains(&name) {
        return Err(Error::ReadOnly(name.to_owned()));
    }
    if RESERVED.contains(&name) || name.starts_with(RESERVED_PREFIX) {
        return Err(Error::Reserved(name.to_owned()));
    }
    if name.chars().nth(MAX_NAME_CHARS).is_some() {
        return Err(Error::Invalid("Custom property should not be greater than 255 characters.".into()));
    }
    Ok(())
}

/// The tags in a JSON array of strings.
pub(super) fn tags(value: &Value) -> Result<BTreeSet<Tag>, Error> {
    schemas::check_member("tags", value)?;
    value.as_array().into_iter().flatten().map(checked_tag).collect()
}

/// One tag in JSON.
pub(super) fn tag(value: &Value) -> Result<Tag, Error> {
    schemas::check_member("tags", &Value::from(vec![value.clone()]))?;
    checked_tag(value)
}

/// A tag of which the schema has been asked.
fn checked_tag(value: &Value) -> Result<Tag, Error> {
    let text = value.as_str().unwrap_or_default();
    text.parse().map_err(|_| schemas::fault_of_tag(text))
}

/// The edit that gives the attribute or property `name` this value.
pub(super) fn edit(name: &str, value: &Value) -> Result<Edit, Error> {
    schemas::check_member(name, value)?;
    let text = || value.as_str().map(str::to_owned);
    let flag = || value.as_bool().unwrap_or_default();
    Ok(match name {
        "name" => Edit::Name(text()),
        "owner" if value == "" => return Err(Error::Invalid("The owner must not be empty.".into())),
        "owner" => Edit::Owner(value.as_str().map(Into::into)),
        "visibility" => Edit::Visibility(
            value.as_str().and_then(|word| word.parse().ok()).ok_or(Error::Invalid("It is no visibility.".into()))?,
        ),
        "protected" => Edit::Protected(flag()),
        "os_hidden" => Edit::Hidden(flag()),
        "disk_format" => Edit::DiskFormat(text()),
        "container_format" => Edit::ContainerFormat(text()),
        "min_disk" => Edit::MinDisk(amount(name, value)?),
        "min_ram" => Edit::MinRam(amount(name, value)?),
        _ => {
            let value = text().unwrap_or_default();
            if value.len() > MAX_VALUE_BYTES {
                return Err(Error::Invalid(
                    format!("The value of {name} has more than {MAX_VALUE_BYTES} bytes.").into(),
                ));
            }
            Edit::Property(name.to_owned(), value)
        }
    })
}

/// A number from 0 to what a column of a database holds.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "by then it is whole and in the range")]
fn amount(name: &str, value: &Value) -> Result<u32, Error> {
    if value.as_f64().is_some_and(|number| number < 0.0) {
        return Err(Error::Invalid(
            format!("Invalid value '{value}' for parameter '{name}': Cannot be a negative value").into(),
        ));
    }
    // The schema has let whole numbers through, 1.0 and 1e3 among them.
    let number = value.as_f64().filter(|number| *number <= f64::from(i32::MAX));
    number
        .map(|number| number as u32)
        .ok_or_else(|| Error::Invalid(format!("'{name}' value out of range, must not exceed 2147483647.").into()))
}

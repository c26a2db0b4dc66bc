//! `[[images]]`: the images that a new store starts with.
//!
//! A key of an entry is the name of an attribute that a client may set, or one of a few others.
//! Every value goes through the constructors of [`crate::image`], so that no entry is an image that
//! the API would refuse.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::LazyLock;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error};
use toml::{Table, Value};

use crate::identity::ProjectId;
use crate::image::{
    Attribute, AttributeError, AttributeValue, Image, ImageId, Member, MemberStatus, NewImage,
    Properties, Status, Tag,
};

/// The time of the start: the `created_at` of an entry without one, also when the configuration is
/// loaded again.
static STARTED: LazyLock<Timestamp> = LazyLock::new(Timestamp::now);

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Image>, D::Error> {
    let mut ids = HashSet::new();
    let entries = Vec::<Table>::deserialize(deserializer)?;
    let image = |(index, entry): (usize, Table)| {
        let label = entry
            .get("id")
            .or(entry.get("name"))
            .and_then(Value::as_str)
            .unwrap_or("no id")
            .to_owned();
        read(entry)
            .and_then(|image| {
                if ids.insert(image.id()) {
                    Ok(image)
                } else {
                    Err("the id is a duplicate".to_owned())
                }
            })
            .map_err(|error| D::Error::custom(format!("images[{index}] ({label:?}): {error}")))
    };
    entries.into_iter().enumerate().map(image).collect()
}

/// The image that an entry describes.
fn read(mut entry: Table) -> Result<Image, String> {
    let id = entry.remove("id").ok_or("missing field `id`")?;
    let id = string("id", id)?.parse::<ImageId>();
    let created_at = entry.remove("created_at");
    let created_at = created_at.map(|time| string("created_at", time)?.parse().map_err(text));
    let created_at = created_at.transpose()?.unwrap_or(*STARTED);
    let mut image = Image::new(id.map_err(text)?, created_at);
    // The status is set last, for the formats of an image with data are fixed.
    let status = entry.remove("status");
    for (key, value) in entry {
        match key.as_str() {
            "tags" => image.tags = tags(value)?.into(),
            "members" => image.members = members(value, image.created_at())?,
            "properties" => image.properties = properties(value)?,
            name => edit(&mut image, name, &value)?,
        }
    }
    image.status = match status {
        None => Status::Active,
        Some(status) => string("status", status)?
            .parse()
            .map_err(|error| format!("status: {error}"))?,
    };
    let image = NewImage::try_from(image).map_err(text)?;
    Ok(image.into_image())
}

/// Gives the attribute `name` the value of its key.
fn edit(image: &mut Image, name: &str, value: &Value) -> Result<(), String> {
    let unknown = || format!("unknown field `{name}`");
    let attribute = Attribute::named(name).ok_or_else(unknown)?;
    let value = match value {
        Value::String(text) => AttributeValue::from(text.as_str()),
        Value::Integer(number) => (*number).into(),
        Value::Boolean(flag) => (*flag).into(),
        _ => {
            return Err(format!(
                "{name}: a text, a whole number, true or false is expected"
            ));
        }
    };
    let edit = attribute.edit(&value).map_err(|error| match error {
        AttributeError::NotEditable => unknown(),
        error => format!("{name}: {error}"),
    })?;
    edit.apply(image).map_err(text)
}

fn tags(value: Value) -> Result<BTreeSet<Tag>, String> {
    let tag = |text: String| {
        text.parse()
            .map_err(|error| format!("tag {text:?}: {error}"))
    };
    let texts: Vec<String> = read_as("tags", value)?;
    texts.into_iter().map(tag).collect()
}

fn members(value: Value, created_at: Timestamp) -> Result<BTreeMap<ProjectId, Member>, String> {
    let member = |(project, status): (String, String)| {
        let error = |error: &dyn std::fmt::Display| format!("member {project:?}: {error}");
        let status: MemberStatus = status.parse().map_err(|cause| error(&cause))?;
        let id = project.parse().map_err(|cause| error(&cause))?;
        Ok((id, Member::new(status, created_at)))
    };
    let texts: BTreeMap<String, String> = read_as("members", value)?;
    texts.into_iter().map(member).collect()
}

fn properties(value: Value) -> Result<Properties, String> {
    let property = |(name, value): (String, String)| {
        let error = |error: &dyn std::fmt::Display| format!("property {name:?}: {error}");
        let value = value.parse().map_err(|cause| error(&cause))?;
        Ok((name.parse().map_err(|cause| error(&cause))?, value))
    };
    let texts: BTreeMap<String, String> = read_as("properties", value)?;
    texts.into_iter().map(property).collect()
}

fn string(key: &str, value: Value) -> Result<String, String> {
    read_as(key, value)
}

/// The value of `key`. The error names the key.
pub(super) fn read_as<T: DeserializeOwned>(key: &str, value: Value) -> Result<T, String> {
    let read = value.try_into();
    read.map_err(|error: toml::de::Error| format!("{key}: {}", error.message()))
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

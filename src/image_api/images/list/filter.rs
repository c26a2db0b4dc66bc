//! Filters in the parameters of a list: on attributes, or on free properties.

use std::collections::BTreeSet;

use super::parameter::{flag, integer};
use super::time::instant;
use crate::image_api::error::Error;
use crate::store::{Comparison, Filter, NumberField, TextField, TimeField};

/// A filter on an attribute, or on a free property.
pub(super) fn filter(name: &str, value: &str) -> Result<Filter, Error> {
    let text = |field| Ok(Filter::Text(field, [value.to_owned()].into()));
    let choice = |field| Ok(Filter::Text(field, choice(name, value)?));
    match name {
        "id" => Ok(Filter::Text(
            TextField::Id,
            self::choice(name, &value.to_ascii_lowercase())?,
        )),
        "name" => choice(TextField::Name),
        "status" => choice(TextField::Status),
        "container_format" => choice(TextField::ContainerFormat),
        "disk_format" => choice(TextField::DiskFormat),
        "owner" => text(TextField::Owner),
        "checksum" => text(TextField::Checksum),
        "os_hash_algo" => text(TextField::OsHashAlgo),
        "os_hash_value" => text(TextField::OsHashValue),
        "protected" => Ok(Filter::Protected(flag(name, value)?)),
        "created_at" => time(TimeField::CreatedAt, name, value),
        "updated_at" => time(TimeField::UpdatedAt, name, value),
        _ => match number(name) {
            Some((field, comparison)) => {
                let number = integer(value).map_err(|_| {
                    Error::invalid("Unable to filter on a range with a non-numeric value.")
                })?;
                Ok(Filter::Number(field, comparison, number))
            }
            None => Ok(Filter::Property(name.to_owned(), value.to_owned())),
        },
    }
}

/// `size`, `size_min`, `size_max` and so on.
fn number(name: &str) -> Option<(NumberField, Comparison)> {
    let field = |name| match name {
        "size" => Some(NumberField::Size),
        "min_disk" => Some(NumberField::MinDisk),
        "min_ram" => Some(NumberField::MinRam),
        _ => None,
    };
    let (base, comparison) = match (name.strip_suffix("_min"), name.strip_suffix("_max")) {
        (Some(base), _) => (base, Comparison::GreaterOrEqual),
        (_, Some(base)) => (base, Comparison::LessOrEqual),
        _ => (name, Comparison::Equal),
    };
    field(base).map(|field| (field, comparison))
}

/// `in:a,"b,c"`, `eq:a`, or a value as it is. Glance takes everything before a colon for an operator, so that it finds
/// no image named `debian:12`; here that is a name.
fn choice(name: &str, value: &str) -> Result<BTreeSet<String>, Error> {
    match value.split_once(':') {
        Some(("in", list)) => choices(list),
        Some(("eq", value)) => Ok([value.to_owned()].into()),
        Some((operator, _)) if name != "name" => Err(Error::invalid(format!(
            "Unable to filter by unknown operator '{operator}'."
        ))),
        _ => Ok([value.to_owned()].into()),
    }
}

/// The values in `a,"b,c"`. A value is in quotes as a whole or not at all; an empty one is none.
fn choices(list: &str) -> Result<BTreeSet<String>, Error> {
    let fault = |what| {
        Err(Error::invalid(format!(
            "Invalid filter value {list}. {what}"
        )))
    };
    let mut values = BTreeSet::new();
    let mut rest = list;
    while !rest.is_empty() {
        let (value, after) = match rest.strip_prefix('"') {
            None => {
                let (value, after) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
                if value.contains('"') {
                    return fault("There is no comma before opening quotation mark.");
                }
                (value.to_owned(), after)
            }
            Some(quoted) => match unquoted(quoted) {
                None => return fault("The quote is not closed."),
                Some((_, after)) if !(after.is_empty() || after.starts_with(',')) => {
                    return fault("There is no comma after closing quotation mark.");
                }
                Some(found) => found,
            },
        };
        values.insert(value);
        rest = after.strip_prefix(',').unwrap_or(after);
    }
    values.remove("");
    Ok(values)
}

/// The text before the closing quotation mark, without its backslashes, and what follows that mark.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.chars();
    loop {
        match characters.next()? {
            '"' => return Some((value, characters.as_str())),
            '\\' => value.push(characters.next()?),
            character => value.push(character),
        }
    }
}

/// `gt:2026-01-01T00:00:00Z` and so on; without an operator, the very second. A time that has colons itself is no operator.
fn time(field: TimeField, name: &str, value: &str) -> Result<Filter, Error> {
    let bad = || {
        Error::invalid(format!(
            "Bad \"{name}\" query filter format. Use ISO 8601 DateTime notation."
        ))
    };
    if let Some(time) = instant(value) {
        return Ok(Filter::Time(field, Comparison::Equal, time));
    }
    let (operator, text) = value.split_once(':').ok_or_else(bad)?;
    let time = instant(text).ok_or_else(bad)?;
    let comparison = match operator {
        "eq" => Comparison::Equal,
        "neq" => Comparison::NotEqual,
        "lt" => Comparison::Less,
        "lte" => Comparison::LessOrEqual,
        "gt" => Comparison::Greater,
        "gte" => Comparison::GreaterOrEqual,
        _ => return Err(Error::invalid("Unable to filter on a unknown operator.")),
    };
    Ok(Filter::Time(field, comparison, time))
}

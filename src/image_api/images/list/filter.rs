//! The filters of a list: on attributes, or on properties.
//!
//! [`Attribute::filter`] decides which attributes have a filter, and of which kind.

use std::collections::BTreeSet;

use super::parameter::{flag, integer};
use super::time::instant;
use crate::image::{Attribute, FilterKind};
use crate::image_api::error::Error;
use crate::store::{Comparison, Filter};

/// Reads a filter on an attribute, or on a property.
pub(super) fn filter(name: &str, value: &str) -> Result<Filter, Error> {
    let (attribute, comparison) = target(name);
    let kind = attribute.and_then(|attribute| Some((attribute, attribute.filter()?)));
    match kind {
        Some((Attribute::Id, FilterKind::Choice)) => Ok(Filter::Text(
            Attribute::Id,
            choice(name, &value.to_ascii_lowercase())?,
        )),
        Some((attribute, FilterKind::Choice)) => Ok(Filter::Text(attribute, choice(name, value)?)),
        Some((attribute, FilterKind::Text)) => {
            Ok(Filter::Text(attribute, [value.to_owned()].into()))
        }
        Some((attribute, FilterKind::Number)) => {
            let number = integer(value).map_err(|_| {
                Error::invalid("Unable to filter on a range with a non-numeric value.")
            })?;
            Ok(Filter::Number(attribute, comparison, number))
        }
        Some((attribute, FilterKind::Time)) => time(attribute, value),
        Some((attribute, FilterKind::Flag)) => Ok(Filter::Flag(attribute, flag(name, value)?)),
        None => Ok(Filter::Property(name.to_owned(), value.to_owned())),
    }
}

/// The attribute of a filter, and how it compares: `size`, or a bound such as `size_min` and
/// `size_max`.
fn target(name: &str) -> (Option<Attribute>, Comparison) {
    let bound = |suffix| {
        let attribute = Attribute::named(name.strip_suffix(suffix)?)?;
        (attribute.filter() == Some(FilterKind::Number)).then_some(attribute)
    };
    if let Some(attribute) = bound("_min") {
        (Some(attribute), Comparison::GreaterOrEqual)
    } else if let Some(attribute) = bound("_max") {
        (Some(attribute), Comparison::LessOrEqual)
    } else {
        (Attribute::named(name), Comparison::Equal)
    }
}

/// Reads `in:a,"b,c"`, `eq:a`, or a plain value. Glance takes everything before a colon for an
/// operator, so it finds no image named `debian:12`. Here that is a name.
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

/// Reads the values in `a,"b,c"`. Quotation marks enclose a whole value. An empty value is ignored.
fn choices(list: &str) -> Result<BTreeSet<String>, Error> {
    let error = |what| {
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
                    return error("There is no comma before opening quotation mark.");
                }
                (value.to_owned(), after)
            }
            Some(quoted) => match unquoted(quoted) {
                None => return error("The quote is not closed."),
                Some((_, after)) if !(after.is_empty() || after.starts_with(',')) => {
                    return error("There is no comma after closing quotation mark.");
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

/// The unescaped text before the closing quotation mark, and the rest after it.
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

/// Reads `gt:2026-01-01T00:00:00Z` and so on. Without an operator the times must be equal. The
/// colons of a time are not taken for the end of an operator.
fn time(attribute: Attribute, value: &str) -> Result<Filter, Error> {
    let bad = || {
        let name = attribute.name();
        Error::invalid(format!(
            "Bad \"{name}\" query filter format. Use ISO 8601 DateTime notation."
        ))
    };
    if let Some(time) = instant(value) {
        return Ok(Filter::Time(attribute, Comparison::Equal, time));
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
    Ok(Filter::Time(attribute, comparison, time))
}

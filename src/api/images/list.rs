//! What the parameters of `GET /v2/images` ask for.

use std::collections::{BTreeSet, HashMap};
use std::num::{IntErrorKind, ParseIntError};

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::api::error::Error;
use crate::image::{MemberStatus, Tag, Viewer};
use crate::store::{
    Comparison, Direction, Filter, ImageQuery, ListError, NumberField, Sort, SortKey, TextField, TimeField,
    VisibilityFilter,
};

/// How many images a page has if nothing is said: Glance's `limit_param_default`.
const DEFAULT_LIMIT: usize = 25;

/// How many images a page has at most: Glance's `api_limit_max`.
const MAX_LIMIT: usize = 1000;

/// The query in `parameters`. A parameter that is given twice counts as it was given last, but for tags and sorting.
pub(super) fn query(viewer: Viewer, parameters: &[(String, String)]) -> Result<ImageQuery, Error> {
    let mut query = ImageQuery::new(viewer, DEFAULT_LIMIT);
    let mut sorting = Sorting::default();
    let last: HashMap<_, _> = parameters.iter().enumerate().map(|(index, (name, _))| (name, index)).collect();
    for (index, (name, value)) in parameters.iter().enumerate() {
        match name.as_str() {
            "tag" => match value.parse::<Tag>() {
                Ok(tag) => {
                    query.tags.insert(tag);
                }
                // What cannot be a tag is on no image.
                Err(_) => query.filters.push(Filter::Text(TextField::Id, BTreeSet::new())),
            },
            "sort" => sorting.combined = Some(value),
            "sort_key" => sorting.keys.push(sort_key(value)?),
            "sort_dir" => sorting.directions.push(direction(value)?),
            _ if last[name] != index => {}
            "limit" => query.limit = limit(value)?,
            "marker" => query.marker = Some(value.parse().map_err(|_| Error::of_list(ListError::NoSuchMarker, value))?),
            "member_status" => query.member_status = member_status(value)?,
            "visibility" => query.visibility = visibility(value)?,
            "os_hidden" => query.hidden = flag(name, &value.to_ascii_lowercase())?,
            "changes-since" if !value.is_empty() => {
                return Err(invalid("The \"changes-since\" filter is no longer available on v2."));
            }
            "changes-since" | "deleted" => {}
            _ => query.filters.push(filter(name, value)?),
        }
    }
    query.sort = sorting.sort()?;
    Ok(query)
}

fn invalid(text: impl Into<String>) -> Error {
    Error::Invalid(text.into().into())
}

fn limit(text: &str) -> Result<usize, Error> {
    let limit = integer(text).map_err(|_| invalid("limit param must be an integer"))?;
    let limit = usize::try_from(limit).map_err(|_| invalid("limit param must be positive"))?;
    Ok(limit.min(MAX_LIMIT))
}

/// A number; one that is too large is as large as can be.
fn integer(text: &str) -> Result<i64, ParseIntError> {
    match text.parse::<i64>() {
        Err(error) if *error.kind() == IntErrorKind::PosOverflow => Ok(i64::MAX),
        result => result,
    }
}

fn member_status(text: &str) -> Result<Option<MemberStatus>, Error> {
    match text {
        "all" => Ok(None),
        _ => text.parse().map(Some).map_err(|_| invalid(format!("Invalid status: {text}"))),
    }
}

fn visibility(text: &str) -> Result<VisibilityFilter, Error> {
    match text {
        "" => Ok(VisibilityFilter::Default),
        "all" => Ok(VisibilityFilter::All),
        _ => {
            let visibility = text.parse().map_err(|_| invalid(format!("Invalid visibility value: {text}")))?;
            Ok(VisibilityFilter::Only(visibility))
        }
    }
}

fn flag(name: &str, text: &str) -> Result<bool, Error> {
    text.parse().map_err(|_| {
        invalid(format!("Invalid value '{text}' for '{name}' filter. Valid values are 'true' or 'false'."))
    })
}

/// A filter on an attribute, or on a free property.
fn filter(name: &str, value: &str) -> Result<Filter, Error> {
    let text = |field| Ok(Filter::Text(field, [value.to_owned()].into()));
    let choice = |field| Ok(Filter::Text(field, choice(name, value)?));
    match name {
        "id" => Ok(Filter::Text(TextField::Id, self::choice(name, &value.to_ascii_lowercase())?)),
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
                let number =
                    integer(value).map_err(|_| invalid("Unable to filter on a range with a non-numeric value."))?;
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
        Some((operator, _)) if name != "name" => {
            Err(invalid(format!("Unable to filter by unknown operator '{operator}'.")))
        }
        _ => Ok([value.to_owned()].into()),
    }
}

/// The values in `a,"b,c"`. A value is in quotes as a whole or not at all; an empty one is none.
fn choices(list: &str) -> Result<BTreeSet<String>, Error> {
    let fault = |what| Err(invalid(format!("Invalid filter value {list}. {what}")));
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

/// `gt:2026-01-01T00:00:00Z` and so on; without an operator, the very second.
fn time(field: TimeField, name: &str, value: &str) -> Result<Filter, Error> {
    let bad = || invalid(format!("Bad \"{name}\" query filter format. Use ISO 8601 DateTime notation."));
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
        _ => return Err(invalid("Unable to filter on a unknown operator.")),
    };
    Ok(Filter::Time(field, comparison, time))
}

/// The time that `text` names: of UTC if it names no zone, at midnight if it names no hour.
fn instant(text: &str) -> Option<Timestamp> {
    let with_zone = text.parse().ok();
    let without = || text.parse::<DateTime>().or_else(|_| text.parse::<Date>().map(DateTime::from)).ok();
    with_zone.or_else(|| without()?.to_zoned(TimeZone::UTC).ok().as_ref().map(Zoned::timestamp))
}

/// The two ways of saying how to sort.
#[derive(Default)]
struct Sorting<'a> {
    combined: Option<&'a str>,
    keys: Vec<SortKey>,
    directions: Vec<Direction>,
}

impl Sorting<'_> {
    fn sort(self) -> Result<Sort, Error> {
        let Self { combined, mut keys, mut directions } = self;
        if let Some(combined) = combined {
            if !(keys.is_empty() && directions.is_empty()) {
                return Err(invalid("Old and new sorting syntax cannot be combined"));
            }
            for part in combined.trim().split(',') {
                let (key, way) = part.split_once(':').unwrap_or((part, ""));
                keys.push(sort_key(key)?);
                directions.push(if way.is_empty() { Direction::Descending } else { direction(way)? });
            }
        }
        if directions.len() > 1 && directions.len() != keys.len() {
            return Err(invalid("Number of sort dirs does not match the number of sort keys"));
        }
        // One direction is for all keys, and for those that settle a tie.
        let rest = if let [direction] = directions[..] { direction } else { Direction::Descending };
        directions.resize(keys.len(), rest);
        Ok(Sort::by(keys.into_iter().zip(directions), rest))
    }
}

fn sort_key(text: &str) -> Result<SortKey, Error> {
    Ok(match text.trim() {
        "name" => SortKey::Name,
        "status" => SortKey::Status,
        "container_format" => SortKey::ContainerFormat,
        "disk_format" => SortKey::DiskFormat,
        "size" => SortKey::Size,
        "id" => SortKey::Id,
        "created_at" => SortKey::CreatedAt,
        "updated_at" => SortKey::UpdatedAt,
        other => {
            return Err(invalid(format!(
                "Invalid sort key: {other}. It must be one of the following: name, status, container_format, \
                 disk_format, size, id, created_at, updated_at."
            )));
        }
    })
}

fn direction(text: &str) -> Result<Direction, Error> {
    match text.trim() {
        "asc" => Ok(Direction::Ascending),
        "desc" => Ok(Direction::Descending),
        other => Err(invalid(format!("Invalid sort direction: {other}"))),
    }
}

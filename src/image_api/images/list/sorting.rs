//! The order of a list: `sort=name:asc,size`, or `sort_key` with `sort_dir`.

use crate::image::Attribute;
use crate::image_api::error::Error;
use crate::store::{Direction, Sort, SortKey};

/// The parameters of the two syntaxes.
#[derive(Default)]
pub(super) struct Sorting<'a> {
    pub(super) combined: Option<&'a str>,
    pub(super) keys: Vec<SortKey>,
    pub(super) directions: Vec<Direction>,
}

impl Sorting<'_> {
    pub(super) fn sort(self) -> Result<Sort, Error> {
        let Self {
            combined,
            mut keys,
            mut directions,
        } = self;
        if let Some(combined) = combined {
            if !(keys.is_empty() && directions.is_empty()) {
                return Err(Error::invalid(
                    "Old and new sorting syntax cannot be combined",
                ));
            }
            for part in combined.trim().split(',') {
                let (key, way) = part.split_once(':').unwrap_or((part, ""));
                keys.push(sort_key(key)?);
                directions.push(if way.is_empty() {
                    Direction::Descending
                } else {
                    direction(way)?
                });
            }
        }
        if directions.len() > 1 && directions.len() != keys.len() {
            return Err(Error::invalid(
                "Number of sort dirs does not match the number of sort keys",
            ));
        }
        // A single direction applies to all keys and to the tie-breakers.
        let rest = if let [direction] = directions[..] {
            direction
        } else {
            Direction::Descending
        };
        directions.resize(keys.len(), rest);
        Ok(Sort::by(keys.into_iter().zip(directions), rest))
    }
}

/// Glance's text for an attribute that is no sort key.
const SORT_KEYS: &str =
    "name, status, container_format, disk_format, size, id, created_at, updated_at";

pub(super) fn sort_key(text: &str) -> Result<SortKey, Error> {
    let name = text.trim();
    let attribute = Attribute::named(name).and_then(|attribute| attribute.try_into().ok());
    attribute.ok_or_else(|| {
        Error::invalid(format!(
            "Invalid sort key: {name}. It must be one of the following: {SORT_KEYS}."
        ))
    })
}

pub(super) fn direction(text: &str) -> Result<Direction, Error> {
    match text.trim() {
        "asc" => Ok(Direction::Ascending),
        "desc" => Ok(Direction::Descending),
        other => Err(Error::invalid(format!("Invalid sort direction: {other}"))),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_error_names_every_sort_key() {
        let keys = Attribute::ALL.iter().filter(|key| key.is_sort_key());
        let keys: BTreeSet<_> = keys.map(|key| key.name()).collect();
        assert_eq!(SORT_KEYS.split(", ").collect::<BTreeSet<_>>(), keys);
    }
}

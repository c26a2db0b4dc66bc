//! How to sort a list: `sort=name:asc,size`, or `sort_key` and `sort_dir`.

use crate::image_api::error::Error;
use crate::store::{Direction, Sort, SortKey};

/// The two ways of saying how to sort.
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
        // One direction is for all keys, and for those that settle a tie.
        let rest = if let [direction] = directions[..] {
            direction
        } else {
            Direction::Descending
        };
        directions.resize(keys.len(), rest);
        Ok(Sort::by(keys.into_iter().zip(directions), rest))
    }
}

pub(super) fn sort_key(text: &str) -> Result<SortKey, Error> {
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
            return Err(Error::invalid(format!(
                "Invalid sort key: {other}. It must be one of the following: name, status, container_format, \
                 disk_format, size, id, created_at, updated_at."
            )));
        }
    })
}

pub(super) fn direction(text: &str) -> Result<Direction, Error> {
    match text.trim() {
        "asc" => Ok(Direction::Ascending),
        "desc" => Ok(Direction::Descending),
        other => Err(Error::invalid(format!("Invalid sort direction: {other}"))),
    }
}

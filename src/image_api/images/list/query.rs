//! The parameters of `GET /v2/images` as a query for the store.

use std::collections::{BTreeSet, HashMap};

use super::filter::filter;
use super::parameter::{DEFAULT_LIMIT, flag, limit};
use super::sorting::{Sorting, direction, sort_key};
use super::tags::TagFilters;
use crate::image::{MemberStatus, Viewer};
use crate::image_api::error::Error;
use crate::store::{Filter, ImageQuery, ListError, MAX_LIST_TAGS, VisibilityFilter};

/// The most tags and filters in one list request.
const MAX_CONDITIONS: usize = 100;

// A database compares the access paths of all tags in one statement.
const _: () = assert!(MAX_CONDITIONS <= MAX_LIST_TAGS);

/// The most parameters in one list request, repeated ones included. They stay in memory while the
/// store answers, and take many times their length in the request.
const MAX_PARAMETERS: usize = 200;

/// The most values that all filters of one list request have together.
const MAX_VALUES: usize = 1000;

/// Reads the query from `parameters`. The last occurrence of a parameter counts, except for tags
/// and sorting, where all count.
pub(super) fn image_query(
    viewer: Viewer,
    parameters: &[(String, String)],
) -> Result<ImageQuery, Error> {
    if parameters.len() > MAX_PARAMETERS {
        return Err(Error::invalid(format!(
            "A list has at most {MAX_PARAMETERS} parameters."
        )));
    }
    let mut query = ImageQuery::new(viewer, DEFAULT_LIMIT);
    let mut sorting = Sorting::default();
    let mut tags = TagFilters::default();
    let last: HashMap<_, _> = parameters
        .iter()
        .enumerate()
        .map(|(index, (name, _))| (name, index))
        .collect();
    for (index, (name, value)) in parameters.iter().enumerate() {
        match name.as_str() {
            _ if TagFilters::is_one(name) => tags.add(name, value),
            "sort" => sorting.combined = Some(value),
            "sort_key" => sorting.keys.push(sort_key(value)?),
            "sort_dir" => sorting.directions.push(direction(value)?),
            _ if last[name] != index => {}
            "limit" => query.limit = limit(value)?,
            "marker" => {
                query.marker = Some(
                    value
                        .parse()
                        .map_err(|_| Error::from_list_error(ListError::NoSuchMarker, value))?,
                );
            }
            "member_status" => query.member_status = member_status(value)?,
            "visibility" => query.visibility = visibility(value)?,
            "os_hidden" => query.hidden = Some(flag(name, &value.to_ascii_lowercase())?),
            "changes-since" if !value.is_empty() => {
                return Err(Error::invalid(
                    "The \"changes-since\" filter is no longer available on v2.",
                ));
            }
            "changes-since" | "deleted" => {}
            _ => query.filters.push(filter(name, value)?),
        }
    }
    query.sort = sorting.sort()?;
    tags.apply(&mut query);
    bounded(query)
}

/// Refuses a query with more conditions than a store has to support.
fn bounded(query: ImageQuery) -> Result<ImageQuery, Error> {
    let values = |filter: &Filter| {
        if let Filter::Text(_, texts) = filter {
            texts.len()
        } else {
            1
        }
    };
    let tags = [&query.tags, &query.not_all_tags, &query.not_any_tags];
    let tags = tags.into_iter().chain(&query.any_tags).map(BTreeSet::len);
    if tags.sum::<usize>() + query.filters.len() > MAX_CONDITIONS {
        return Err(Error::invalid(format!(
            "A list has at most {MAX_CONDITIONS} tags and filters."
        )));
    }
    if query.filters.iter().map(values).sum::<usize>() > MAX_VALUES {
        return Err(Error::invalid(format!(
            "The filters of a list have at most {MAX_VALUES} values."
        )));
    }
    Ok(query)
}

fn member_status(text: &str) -> Result<Option<MemberStatus>, Error> {
    match text {
        "all" => Ok(None),
        _ => text
            .parse()
            .map(Some)
            .map_err(|_| Error::invalid(format!("Invalid status: {text}"))),
    }
}

fn visibility(text: &str) -> Result<VisibilityFilter, Error> {
    match text {
        "" => Ok(VisibilityFilter::Default),
        "all" => Ok(VisibilityFilter::All),
        _ => {
            let visibility = text
                .parse()
                .map_err(|_| Error::invalid(format!("Invalid visibility value: {text}")))?;
            Ok(VisibilityFilter::Only(visibility))
        }
    }
}

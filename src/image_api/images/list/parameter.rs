//! Values that several parameters have in common.

use std::num::{IntErrorKind, ParseIntError};

use crate::image_api::error::Error;

/// The default page size: Glance's `limit_param_default`.
pub(in crate::image_api) const DEFAULT_LIMIT: usize = 25;

/// The largest page size: Glance's `api_limit_max`.
const MAX_LIMIT: usize = 1000;

/// Reads the length of a page.
pub(in crate::image_api) fn limit(text: &str) -> Result<usize, Error> {
    let limit = integer(text).map_err(|_| Error::invalid("limit param must be an integer"))?;
    let limit =
        usize::try_from(limit).map_err(|_| Error::invalid("limit param must be positive"))?;
    Ok(limit.min(MAX_LIMIT))
}

/// Reads a truth value.
pub(in crate::image_api) fn flag(name: &str, text: &str) -> Result<bool, Error> {
    text.parse().map_err(|_| {
        Error::invalid(format!(
            "Invalid value '{text}' for '{name}' filter. Valid values are 'true' or 'false'."
        ))
    })
}

/// Reads an integer. One that is too large becomes the largest.
pub(super) fn integer(text: &str) -> Result<i64, ParseIntError> {
    match text.parse::<i64>() {
        Err(error) if *error.kind() == IntErrorKind::PosOverflow => Ok(i64::MAX),
        result => result,
    }
}

//! Values that several parameters have in common.

use std::num::{IntErrorKind, ParseIntError};

use crate::image_api::error::Error;

/// Reads a truth value.
pub(super) fn flag(name: &str, text: &str) -> Result<bool, Error> {
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

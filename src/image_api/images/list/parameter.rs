//! Values of parameters that more than one parameter has.

use std::num::{IntErrorKind, ParseIntError};

use crate::image_api::error::Error;

/// A truth value.
pub(super) fn flag(name: &str, text: &str) -> Result<bool, Error> {
    text.parse().map_err(|_| {
        Error::invalid(format!(
            "Invalid value '{text}' for '{name}' filter. Valid values are 'true' or 'false'."
        ))
    })
}

/// An integer. One that is too large becomes the largest.
pub(super) fn integer(text: &str) -> Result<i64, ParseIntError> {
    match text.parse::<i64>() {
        Err(error) if *error.kind() == IntErrorKind::PosOverflow => Ok(i64::MAX),
        result => result,
    }
}

//! The next revision of an image, which both backends compute the same way.

use jiff::Timestamp;

use super::contract::Change;
use super::error::ChangeError;
use crate::image::Image;

/// Applies `change` to `before`. Returns the image to write, with its new revision and times, or
/// `None` if the change leaves the image equal.
pub(super) fn successor(before: &Image, change: Change<'_>) -> Result<Option<Image>, ChangeError> {
    let mut after = before.clone();
    change(&mut after)?;
    if after == *before {
        return Ok(None);
    }
    let after = after.following(before, Timestamp::now());
    after.check_size(Some(before))?;
    Ok(Some(after))
}

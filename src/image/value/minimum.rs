//! The least size of a disk and the least memory.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A least size of a disk in GiB, or a least memory in MiB: from 0 to 2,147,483,647.
///
/// ```
/// use image_tags::image::{Minimum, MinimumError};
///
/// assert_eq!(Minimum::try_from(10).unwrap().get(), 10);
/// assert_eq!(Minimum::try_from(-1), Err(MinimumError::Negative));
/// assert_eq!(Minimum::try_from(1 << 31), Err(MinimumError::TooLarge));
/// ```
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "i64")]
pub struct Minimum(u32);

/// Why a number is not a minimum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MinimumError {
    /// Less than 0.
    #[error("the number is not negative")]
    Negative,
    /// More than [`Minimum::MAX`].
    #[error("the number is at most {}", Minimum::MAX)]
    TooLarge,
}

impl Minimum {
    /// The largest value: what a column of 32 bits with a sign holds.
    pub const MAX: u32 = i32::MAX as u32;

    /// The number.
    #[must_use]
    pub fn get(self) -> u32 {
        self.0
    }
}

impl TryFrom<i64> for Minimum {
    type Error = MinimumError;

    fn try_from(number: i64) -> Result<Self, MinimumError> {
        match u32::try_from(number) {
            Ok(number) if number <= Self::MAX => Ok(Self(number)),
            _ if number < 0 => Err(MinimumError::Negative),
            _ => Err(MinimumError::TooLarge),
        }
    }
}

impl fmt::Display for Minimum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

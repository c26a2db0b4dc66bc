//! Upper bounds on the number of tags, properties and members of one image.
//!
//! `tagging.rs` and `sharing.rs` apply them to tags and members. The Image API applies the one of
//! properties, once per request and after all of its edits.

use crate::image::refusal::Refusal;

/// The largest number of things that an image may have, or no limit.
///
/// ```
/// use image_tags::image::{Quota, Refusal};
///
/// assert_eq!(Quota::new(1).check_tags(1), Ok(()));
/// assert_eq!(
///     Quota::new(1).check_tags(2),
///     Err(Refusal::TooManyTags { attempted: 2, maximum: 1 })
/// );
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota(Option<usize>);

/// The quotas of one image.
#[derive(Clone, Copy, Debug)]
pub struct Quotas {
    /// How many tags it may have.
    pub tags: Quota,
    /// How many free properties it may have.
    pub properties: Quota,
    /// How many members it may have.
    pub members: Quota,
}

impl Quota {
    /// At most `maximum`; a negative number means no limit, as in Glance.
    #[must_use]
    pub fn new(maximum: i64) -> Self {
        Self(usize::try_from(maximum).ok())
    }

    /// The maximum, if `attempted` is more than it.
    fn exceeded_by(self, attempted: usize) -> Option<usize> {
        self.0.filter(|maximum| attempted > *maximum)
    }

    /// Whether an image may come to have `attempted` tags.
    pub fn check_tags(self, attempted: usize) -> Result<(), Refusal> {
        match self.exceeded_by(attempted) {
            None => Ok(()),
            Some(maximum) => Err(Refusal::TooManyTags { attempted, maximum }),
        }
    }

    /// Whether an image may come to have `attempted` properties.
    pub fn check_properties(self, attempted: usize) -> Result<(), Refusal> {
        match self.exceeded_by(attempted) {
            None => Ok(()),
            Some(maximum) => Err(Refusal::TooManyProperties { attempted, maximum }),
        }
    }

    /// Whether an image may come to have `attempted` members.
    pub fn check_members(self, attempted: usize) -> Result<(), Refusal> {
        match self.exceeded_by(attempted) {
            None => Ok(()),
            Some(maximum) => Err(Refusal::TooManyMembers { attempted, maximum }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negative_quota_allows_everything() {
        assert_eq!(Quota::new(-1).check_tags(1_000_000), Ok(()));
        assert_eq!(
            Quota::new(0).check_tags(1),
            Err(Refusal::TooManyTags {
                attempted: 1,
                maximum: 0
            })
        );
        assert_eq!(Quota::new(2).check_properties(2), Ok(()));
    }
}

//! How many things an image may have.

use super::Refusal;

/// A number of things that an image may have at most; none for no limit.
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

    /// What is exceeded, if anything is, when an image comes to have `attempted`.
    fn exceeded_by(self, attempted: usize) -> Option<usize> {
        self.0.filter(|maximum| attempted > *maximum)
    }

    /// Whether an image may come to have `attempted` tags.
    pub fn allow_tags(self, attempted: usize) -> Result<(), Refusal> {
        self.exceeded_by(attempted).map_or(Ok(()), |maximum| {
            Err(Refusal::TooManyTags { attempted, maximum })
        })
    }

    /// Whether an image may come to have `attempted` members.
    pub fn allow_members(self, attempted: usize) -> Result<(), Refusal> {
        self.exceeded_by(attempted).map_or(Ok(()), |maximum| {
            Err(Refusal::TooManyMembers { attempted, maximum })
        })
    }

    /// Whether an image may come to have `attempted` properties.
    pub fn allow_properties(self, attempted: usize) -> Result<(), Refusal> {
        self.exceeded_by(attempted).map_or(Ok(()), |maximum| {
            Err(Refusal::TooManyProperties { attempted, maximum })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negative_quota_allows_everything() {
        assert_eq!(Quota::new(-1).allow_tags(1_000_000), Ok(()));
        assert_eq!(
            Quota::new(0).allow_tags(1),
            Err(Refusal::TooManyTags {
                attempted: 1,
                maximum: 0
            })
        );
        assert_eq!(Quota::new(2).allow_properties(2), Ok(()));
    }
}

//! [`Outcome`]: what a check has found.

/// What became of the changes of tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How many changes of tags were done.
    pub changes: usize,
    /// How many tags are missing that were added.
    pub lost: usize,
    /// How many tags are there that were removed.
    pub back: usize,
    /// How many tags are there twice.
    pub doubled: usize,
    /// How many requests of the races Glance did not answer with a success.
    pub failed: usize,
    /// What Glance was to do and could not.
    pub not_tried: Vec<&'static str>,
}

impl Outcome {
    /// Whether nothing was undone and nothing failed.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.lost + self.back + self.doubled + self.failed == 0
    }

    pub(super) fn add(&mut self, other: Self) {
        self.changes += other.changes;
        self.lost += other.lost;
        self.back += other.back;
        self.doubled += other.doubled;
        self.failed += other.failed;
        self.not_tried.extend(other.not_tried);
    }
}

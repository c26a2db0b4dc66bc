//! What clients know of the moves of a tag. Images are numbers, and times are nanoseconds since the
//! start of the load.

use std::collections::BTreeSet;

/// A write that puts the tag on an image.
#[derive(Clone, Debug)]
pub(super) struct TagWrite {
    /// The id of the request, by which the history knows it.
    pub(super) request_id: String,
    pub(super) image: usize,
    pub(super) called_at: u64,
    /// When the answer came, or the client gave up.
    pub(super) returned_at: u64,
    /// `None` if there was no answer: the write may have taken effect or not.
    pub(super) acknowledged: Option<Acknowledgement>,
}

/// The answer to a write.
#[derive(Clone, Debug)]
pub(super) struct Acknowledgement {
    /// The images that a promotion has taken the tag from; `None` if the answer does not say.
    pub(super) taken_from: Option<BTreeSet<usize>>,
}

/// A list of the images with the tag.
#[derive(Clone, Debug)]
pub(super) struct TagRead {
    pub(super) called_at: u64,
    pub(super) returned_at: u64,
    pub(super) carriers: Vec<usize>,
}

/// An event of the history of the tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) id: u64,
    pub(super) image: usize,
    pub(super) is_added: bool,
    pub(super) request_id: String,
}

/// All that the clients of a load have seen.
#[derive(Debug, Default)]
pub(super) struct Observations {
    pub(super) writes: Vec<TagWrite>,
    pub(super) reads: Vec<TagRead>,
    /// Reads without an answer.
    pub(super) unanswered_reads: usize,
    /// Answers that the service must not send.
    pub(super) invalid: Vec<String>,
}

impl Observations {
    pub(super) fn add(&mut self, other: Self) {
        self.writes.extend(other.writes);
        self.reads.extend(other.reads);
        self.unanswered_reads += other.unanswered_reads;
        self.invalid.extend(other.invalid);
    }

    /// Requests without an answer.
    pub(super) fn unanswered(&self) -> usize {
        let is_unanswered = |write: &&TagWrite| write.acknowledged.is_none();
        self.unanswered_reads + self.writes.iter().filter(is_unanswered).count()
    }
}

//! The history of images: the operations on them, when each was called, when it returned, and its
//! outcome.

use std::fmt::Write as _;

use super::answer::Answer;
use super::operation::Operation;

/// One operation of one client.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The number of the client.
    pub(crate) client: usize,
    pub(crate) record: Record,
}

/// An operation on an image with its outcome. Times are nanoseconds since the start of the load.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// The number of the image.
    pub(crate) image: usize,
    pub(crate) operation: Operation,
    pub(crate) called_at: u64,
    pub(crate) outcome: Outcome,
}

/// What the client knows of the outcome.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// The operation returned at this time with this answer.
    Answered(u64, Answer),
    /// The operation took effect by this time, or never.
    UnknownUntil(u64),
    /// The operation has taken effect, may still take effect, or never does.
    Unknown,
}

impl Record {
    /// Whether the operation with this outcome changes no state at all.
    pub(crate) fn changes_nothing(&self) -> bool {
        let is_refused = || match &self.outcome {
            Outcome::Answered(_, answer) => matches!(answer.status, 404 | 409 | 413),
            Outcome::UnknownUntil(_) | Outcome::Unknown => false,
        };
        self.operation.is_read() || is_refused()
    }
}

/// A time, whether the operation returns (or else is called), and the operation.
pub(super) type Event<'a> = (u64, bool, &'a Record);

/// The calls and returns in order of time. A call precedes a return at the same time, which permits
/// more orders.
pub(super) fn events<'a>(history: impl IntoIterator<Item = &'a Record>) -> Vec<Event<'a>> {
    let mut events = Vec::new();
    for record in history {
        match record.outcome {
            // A read without an answer constrains nothing.
            Outcome::UnknownUntil(_) | Outcome::Unknown if record.operation.is_read() => continue,
            Outcome::Answered(time, _) | Outcome::UnknownUntil(time) => {
                events.push((time, true, record));
            }
            Outcome::Unknown => {}
        }
        events.push((record.called_at, false, record));
    }
    events.sort_by_key(|(time, is_return, _)| (*time, *is_return));
    events
}

/// Renders the last 40 of the events for the message of a failed test.
pub(super) fn render(events: &[Event<'_>]) -> String {
    let mut text = String::new();
    for (time, is_return, record) in &events[events.len().saturating_sub(40)..] {
        let call = format!("image {}: {:?}", record.image, record.operation);
        let _ = match (&record.outcome, is_return) {
            (Outcome::Answered(_, answer), true) => {
                writeln!(text, "{time:>12} {call} -> {answer:?}")
            }
            (outcome, true) => writeln!(text, "{time:>12} {call} -> {outcome:?}"),
            (_, false) => writeln!(text, "{time:>12} {call} …"),
        };
    }
    text
}

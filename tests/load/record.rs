//! What one client did to one image, when, and what came of it.

use std::fmt::Write as _;

use crate::answer::Answer;
use crate::model::Operation;

/// An operation with its times.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) operation: Operation,
    pub(crate) called: u64,
    pub(crate) end: End,
}

/// How an operation ended.
#[derive(Clone, Debug)]
pub(crate) enum End {
    Answered(u64, Answer),
    /// Nobody knows whether it happened, but if it did, then by this time.
    Lost(u64),
    /// Nobody knows whether it happened or will still.
    Open,
}

impl Record {
    /// Whether it changes nothing in any state, if it is answered like that.
    pub(crate) fn changes_nothing(&self) -> bool {
        let is_refused = || matches!(&self.end, End::Answered(_, answer) if matches!(answer.status, 404 | 409 | 413));
        self.operation.only_reads() || is_refused()
    }
}

/// A time, whether it is the end, and of what.
pub(crate) type Event<'a> = (u64, bool, &'a Record);

/// The calls and ends in order. A call comes before an end at the same time: that allows for more.
pub(crate) fn events<'a>(history: impl IntoIterator<Item = &'a Record>) -> Vec<Event<'a>> {
    let mut events = Vec::new();
    for record in history {
        match record.end {
            // What may not have happened and changes nothing says nothing.
            End::Lost(_) | End::Open if record.operation.only_reads() => continue,
            End::Answered(time, _) | End::Lost(time) => events.push((time, true, record)),
            End::Open => {}
        }
        events.push((record.called, false, record));
    }
    events.sort_by_key(|(time, is_end, _)| (*time, *is_end));
    events
}

/// The last of the events, for a person to read.
pub(crate) fn told(events: &[Event<'_>]) -> String {
    let mut text = String::new();
    for (time, is_end, record) in &events[events.len().saturating_sub(40)..] {
        let _ = match (&record.end, is_end) {
            (End::Answered(_, answer), true) => {
                writeln!(text, "{time:>12} {:?} -> {answer:?}", record.operation)
            }
            (end, true) => writeln!(text, "{time:>12} {:?} -> {end:?}", record.operation),
            (_, false) => writeln!(text, "{time:>12} {:?} …", record.operation),
        };
    }
    text
}

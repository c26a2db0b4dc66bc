//! The records and counts of all clients together.

use std::collections::BTreeMap;
use std::fmt;

use crate::linearizability::{Entry, Operation, Outcome, Record};

/// What clients observed.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) entries: Vec<Entry>,
    pub(crate) statuses: BTreeMap<u16, usize>,
    /// Requests without an answer.
    pub(crate) connections_lost: usize,
    /// Requests whose connection was refused.
    pub(crate) not_sent: usize,
    /// Answers that the service must not send.
    pub(crate) invalid: Vec<String>,
}

impl Tally {
    pub(crate) fn count(&mut self, status: u16) {
        *self.statuses.entry(status).or_default() += 1;
    }

    pub(crate) fn unavailable(&self) -> usize {
        self.statuses.get(&503).copied().unwrap_or_default()
    }

    pub(crate) fn requests(&self) -> usize {
        self.statuses.values().sum::<usize>() + self.connections_lost
    }

    pub(crate) fn push(
        &mut self,
        image: usize,
        client: usize,
        operation: Operation,
        called_at: u64,
        outcome: Outcome,
    ) {
        self.entries.push(Entry {
            client,
            record: Record {
                image,
                operation,
                called_at,
                outcome,
            },
        });
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.entries.extend(other.entries);
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        self.connections_lost += other.connections_lost;
        self.not_sent += other.not_sent;
        self.invalid.extend(other.invalid);
    }

    /// Records that no operation can take effect any more: an unknown one took effect by `time` or
    /// never does.
    pub(crate) fn close(&mut self, time: u64) {
        for entry in &mut self.entries {
            if matches!(entry.record.outcome, Outcome::Unknown) {
                entry.record.outcome = Outcome::UnknownUntil(time);
            }
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} requests (", self.requests())?;
        for (status, count) in &self.statuses {
            write!(f, "{status}: {count}, ")?;
        }
        write!(
            f,
            "without an answer: {}, not sent: {})",
            self.connections_lost, self.not_sent
        )
    }
}

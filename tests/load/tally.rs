//! What the clients saw, all together.

use std::collections::BTreeMap;
use std::fmt;

use crate::model::Operation;
use crate::record::{End, Record};

/// What was done by whom to which image.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) image: usize,
    pub(crate) client: usize,
    pub(crate) record: Record,
}

#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) entries: Vec<Entry>,
    pub(crate) statuses: BTreeMap<u16, usize>,
    pub(crate) cut: usize,
    pub(crate) not_sent: usize,
    pub(crate) faults: Vec<String>,
}

impl Tally {
    pub(crate) fn count(&mut self, status: u16) {
        *self.statuses.entry(status).or_default() += 1;
    }

    pub(crate) fn unavailable(&self) -> usize {
        self.statuses.get(&503).copied().unwrap_or_default()
    }

    pub(crate) fn requests(&self) -> usize {
        self.statuses.values().sum::<usize>() + self.cut
    }

    pub(crate) fn push(
        &mut self,
        image: usize,
        client: usize,
        operation: Operation,
        called: u64,
        end: End,
    ) {
        self.entries.push(Entry {
            image,
            client,
            record: Record {
                operation,
                called,
                end,
            },
        });
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.entries.extend(other.entries);
        for (status, count) in other.statuses {
            *self.statuses.entry(status).or_default() += count;
        }
        self.cut += other.cut;
        self.not_sent += other.not_sent;
        self.faults.extend(other.faults);
    }

    /// For when whoever could still have done it is gone: what is open happened by this time or never.
    pub(crate) fn close(&mut self, time: u64) {
        for entry in &mut self.entries {
            if matches!(entry.record.end, End::Open) {
                entry.record.end = End::Lost(time);
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
        write!(f, "cut: {}, nobody there: {})", self.cut, self.not_sent)
    }
}

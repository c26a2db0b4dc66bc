//! The linearizability checker: is there an order of the operations, each at one instant between
//! its call and its return, in which the model gives the answers of the history?
//!
//! The algorithm is that of Wing and Gong with Lowe's just-in-time linearization and memoization.
//! It goes through the calls and returns in order of time, and keeps the set of possible
//! configurations: a state of the images, and the pending operations that are already part of it.
//! (`stateright` 0.31 has a linearizability tester, but it recurses as deep as the history is long,
//! copies the rest of the history at each step, and does not memoize failed attempts.)

use std::collections::HashSet;

use super::history::{Outcome, Record, events, render};
use super::model::Images;

/// A possible state of the images, and a bit for each pending operation that is linearized in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Configuration {
    state: Images,
    linearized: u128,
}

/// The pending operations, each in the slot of its bit.
type Pending<'a> = [Option<&'a Record>; 128];

/// Upper bound on the configurations of one step.
const MAX_CONFIGURATIONS: usize = 2_000_000;

impl Configuration {
    /// Linearizes every pending operation that changes nothing and whose answer fits the state. To
    /// do so later makes no difference, so only the order of the changes remains to be searched.
    fn with_reads(mut self, pending: &Pending) -> Self {
        for (slot, record) in pending.iter().enumerate() {
            let is_open = self.linearized & (1 << slot) == 0;
            if record.is_some_and(|record| {
                is_open && record.changes_nothing() && successor(&self.state, record).is_some()
            }) {
                self.linearized |= 1 << slot;
            }
        }
        self
    }
}

/// Checks one history from the state `before`. The error shows the first return that no order
/// explains.
pub(super) fn check<'a>(
    before: &Images,
    history: impl IntoIterator<Item = &'a Record>,
) -> Result<(), String> {
    let events = events(history);
    let mut pending: Pending = [None; 128];
    let mut possible = HashSet::from([Configuration {
        state: before.clone(),
        linearized: 0,
    }]);
    for (number, (_, is_return, record)) in events.iter().enumerate() {
        if !is_return {
            let free = pending
                .iter()
                .position(Option::is_none)
                .expect("at most 128 operations are pending at once");
            pending[free] = Some(record);
            possible = possible
                .into_iter()
                .map(|configuration| configuration.with_reads(&pending))
                .collect();
            continue;
        }
        let slot = pending
            .iter()
            .position(|pending| pending.is_some_and(|other| std::ptr::eq(other, *record)))
            .expect("an operation is called before it returns");
        let after = after_return(&possible, &pending, slot)?;
        if after.is_empty() {
            return Err(explanation(
                &possible,
                &pending,
                &render(&events[..=number]),
            ));
        }
        pending[slot] = None;
        possible = after;
    }
    Ok(())
}

/// The possible configurations once the operation in `slot` has returned. Any pending operation may
/// precede it.
fn after_return(
    possible: &HashSet<Configuration>,
    pending: &Pending,
    slot: usize,
) -> Result<HashSet<Configuration>, String> {
    let bit = 1_u128 << slot;
    let may_never_happen =
        pending[slot].is_some_and(|record| matches!(record.outcome, Outcome::UnknownUntil(_)));
    let mut after = HashSet::new();
    if may_never_happen {
        after.extend(
            possible
                .iter()
                .filter(|configuration| configuration.linearized & bit == 0)
                .cloned(),
        );
    }
    let mut visited = possible.clone();
    let mut open: Vec<_> = possible.iter().cloned().collect();
    while let Some(configuration) = open.pop() {
        if configuration.linearized & bit != 0 {
            after.insert(Configuration {
                linearized: configuration.linearized & !bit,
                ..configuration
            });
            continue;
        }
        for (other, record) in pending.iter().enumerate() {
            let other = 1 << other;
            let Some(record) = record.filter(|_| configuration.linearized & other == 0) else {
                continue;
            };
            let Some(state) = successor(&configuration.state, record) else {
                continue;
            };
            let next = Configuration {
                state,
                linearized: configuration.linearized | other,
            }
            .with_reads(pending);
            if visited.insert(next.clone()) {
                open.push(next);
            }
        }
        if visited.len() > MAX_CONFIGURATIONS {
            return Err(format!(
                "the history is too hard to check: more than {MAX_CONFIGURATIONS} configurations"
            ));
        }
    }
    Ok(after)
}

/// The state after `record`; `None` if the record's answer is wrong in `state`.
fn successor(state: &Images, record: &Record) -> Option<Images> {
    let mut next = state.clone();
    let answer = record.operation.apply(record.image, &mut next);
    match &record.outcome {
        Outcome::Answered(_, observed) => *observed == answer,
        // An operation that changes nothing is the same as one that never happens.
        Outcome::UnknownUntil(_) | Outcome::Unknown => next != *state,
    }
    .then_some(next)
}

fn explanation(possible: &HashSet<Configuration>, pending: &Pending, events: &str) -> String {
    let pending: Vec<_> = pending.iter().flatten().collect();
    let possible: Vec<_> = possible.iter().take(5).collect();
    format!(
        "no order explains the last of these answers:\n{events}pending: {pending:?}\npossible before: {possible:?}"
    )
}

//! Whether the answers to operations on one image are those of some order of them, each at one instant between its call and
//! its end: linearizability, by the algorithm of Wing and Gong as Lowe runs it, just in time and with memory.
//!
//! It goes through the calls and ends in order and keeps every configuration that is possible: a state of the image, and
//! which of the operations under way have made it what it is. (`stateright` 0.31 has such a tester, but one that goes as deep
//! as the history is long, copies what is left of it at each step, and forgets what it has tried in vain.)

use std::collections::HashSet;

use crate::model::State;
use crate::record::{End, Record, events, told};

/// A state that the image can have, and, bit by bit, the operations under way that are in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Configuration {
    state: State,
    done: u128,
}

impl Configuration {
    /// With everything done that is answered as it would be now and, with that answer, never changes anything: later it
    /// would make no difference. So the only choice is the order of the changes.
    fn settled(mut self, under_way: &UnderWay) -> Self {
        for (place, record) in under_way.iter().enumerate() {
            let is_open = self.done & (1 << place) == 0;
            if record.is_some_and(|record| {
                is_open && record.changes_nothing() && next(&self.state, record).is_some()
            }) {
                self.done |= 1 << place;
            }
        }
        self
    }
}

/// The operations under way, each in a place of its own.
type UnderWay<'a> = [Option<&'a Record>; 128];

/// More configurations than this are too many to go on.
const MOST: usize = 2_000_000;

/// Refuses a history that no order explains, and says where it stops making sense.
pub(crate) fn check<'a>(
    before: &State,
    history: impl IntoIterator<Item = &'a Record>,
) -> Result<(), String> {
    let events = events(history);
    let mut under_way: UnderWay = [None; 128];
    let mut possible = HashSet::from([Configuration {
        state: before.clone(),
        done: 0,
    }]);
    for (number, (_, is_end, record)) in events.iter().enumerate() {
        if !is_end {
            let free = under_way
                .iter()
                .position(Option::is_none)
                .expect("at most 128 operations are under way at once");
            under_way[free] = Some(record);
            possible = possible
                .into_iter()
                .map(|configuration| configuration.settled(&under_way))
                .collect();
            continue;
        }
        let mut places = under_way.iter();
        let place =
            places.position(|place| place.is_some_and(|other| std::ptr::eq(other, *record)));
        let place = place.expect("what ends was called");
        let after = ended(&possible, &under_way, place)?;
        if after.is_empty() {
            return Err(explanation(
                &possible,
                &under_way,
                &told(&events[..=number]),
            ));
        }
        under_way[place] = None;
        possible = after;
    }
    Ok(())
}

/// What is possible when the operation at `place` has ended: any of those under way may have come before it.
fn ended(
    possible: &HashSet<Configuration>,
    under_way: &UnderWay,
    place: usize,
) -> Result<HashSet<Configuration>, String> {
    let bit = 1_u128 << place;
    let may_be_lost = under_way[place].is_some_and(|record| matches!(record.end, End::Lost(_)));
    let mut after = HashSet::new();
    if may_be_lost {
        after.extend(
            possible
                .iter()
                .filter(|configuration| configuration.done & bit == 0)
                .cloned(),
        );
    }
    let mut known = possible.clone();
    let mut open: Vec<_> = possible.iter().cloned().collect();
    while let Some(configuration) = open.pop() {
        if configuration.done & bit != 0 {
            after.insert(Configuration {
                done: configuration.done & !bit,
                ..configuration
            });
            continue;
        }
        for (other, record) in under_way.iter().enumerate() {
            let other = 1 << other;
            let Some(record) = record.filter(|_| configuration.done & other == 0) else {
                continue;
            };
            let Some(state) = next(&configuration.state, record) else {
                continue;
            };
            let next = Configuration {
                state,
                done: configuration.done | other,
            }
            .settled(under_way);
            if known.insert(next.clone()) {
                open.push(next);
            }
        }
        if known.len() > MOST {
            return Err(format!(
                "the history is too hard to check: more than {MOST} configurations"
            ));
        }
    }
    Ok(after)
}

/// The state after `record`, if that explains its answer.
fn next(state: &State, record: &Record) -> Option<State> {
    let mut next = state.clone();
    let answer = record.operation.apply(&mut next);
    match &record.end {
        End::Answered(_, seen) => *seen == answer,
        // To change nothing is as good as never to happen.
        End::Lost(_) | End::Open => next != *state,
    }
    .then_some(next)
}

fn explanation(possible: &HashSet<Configuration>, under_way: &UnderWay, told: &str) -> String {
    let under_way: Vec<_> = under_way.iter().flatten().collect();
    let possible: Vec<_> = possible.iter().take(5).collect();
    format!(
        "no order explains the last of these answers:\n{told}under way: {under_way:?}\npossible before: {possible:?}"
    )
}

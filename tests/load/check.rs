//! Whether the answers to operations on one image are those of some order of them, each at one instant between its call and
//! its end: linearizability, by the algorithm of Wing and Gong as Lowe runs it, just in time and with memory.
//!
//! It goes through the calls and ends in order and keeps every configuration that is possible: a state of the image, and
//! which of the operations under way have made it what it is. (`stateright` 0.31 has such a tester. It keeps no memory of
//! what it has tried, and copies the rest of the history at each step, so that histories of hundreds of operations take
//! too long. What may or may not have happened is never left out there either.)

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::model::{Answer, Operation, State};

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
    fn changes_nothing(&self) -> bool {
        let is_refused = || matches!(&self.end, End::Answered(_, answer) if matches!(answer.status, 404 | 409 | 413));
        self.operation.only_reads() || is_refused()
    }
}

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
            if record.is_some_and(|record| is_open && record.changes_nothing() && next(&self.state, record).is_some()) {
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
pub(crate) fn check<'a>(before: &State, history: impl IntoIterator<Item = &'a Record>) -> Result<(), String> {
    let events = events(history);
    let mut under_way: UnderWay = [None; 128];
    let mut possible = HashSet::from([Configuration { state: before.clone(), done: 0 }]);
    for (number, (_, is_end, record)) in events.iter().enumerate() {
        if !is_end {
            let free =
                under_way.iter().position(Option::is_none).expect("at most 128 operations are under way at once");
            under_way[free] = Some(record);
            possible = possible.into_iter().map(|configuration| configuration.settled(&under_way)).collect();
            continue;
        }
        let mut places = under_way.iter();
        let place = places.position(|place| place.is_some_and(|other| std::ptr::eq(other, *record)));
        let place = place.expect("what ends was called");
        let after = ended(&possible, &under_way, place)?;
        if after.is_empty() {
            return Err(explanation(&possible, &under_way, &events[..=number]));
        }
        under_way[place] = None;
        possible = after;
    }
    Ok(())
}

type Event<'a> = (u64, bool, &'a Record);

/// The calls and ends in order. A call comes before an end at the same time: that allows for more.
fn events<'a>(history: impl IntoIterator<Item = &'a Record>) -> Vec<Event<'a>> {
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
        after.extend(possible.iter().filter(|configuration| configuration.done & bit == 0).cloned());
    }
    let mut known = possible.clone();
    let mut open: Vec<_> = possible.iter().cloned().collect();
    while let Some(configuration) = open.pop() {
        if configuration.done & bit != 0 {
            after.insert(Configuration { done: configuration.done & !bit, ..configuration });
            continue;
        }
        for (other, record) in under_way.iter().enumerate() {
            let other = 1 << other;
            let Some(record) = record.filter(|_| configuration.done & other == 0) else { continue };
            let Some(state) = next(&configuration.state, record) else { continue };
            let next = Configuration { state, done: configuration.done | other }.settled(under_way);
            if known.insert(next.clone()) {
                open.push(next);
            }
        }
        if known.len() > MOST {
            return Err(format!("the history is too hard to check: more than {MOST} configurations"));
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

fn explanation(possible: &HashSet<Configuration>, under_way: &UnderWay, events: &[Event<'_>]) -> String {
    let mut text = String::from("no order explains the last of these answers:\n");
    for (time, is_end, record) in &events[events.len().saturating_sub(40)..] {
        let _ = match (&record.end, is_end) {
            (End::Answered(_, answer), true) => writeln!(text, "{time:>12} {:?} -> {answer:?}", record.operation),
            (end, true) => writeln!(text, "{time:>12} {:?} -> {end:?}", record.operation),
            (_, false) => writeln!(text, "{time:>12} {:?} …", record.operation),
        };
    }
    let _ = writeln!(text, "under way: {:?}", under_way.iter().flatten().collect::<Vec<_>>());
    let _ = writeln!(text, "possible before: {:?}", possible.iter().take(5).collect::<Vec<_>>());
    text
}

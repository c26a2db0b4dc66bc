//! Whether the history of a tag explains what clients have seen: each write and each read takes
//! effect at one instant between its call and its return, in the order of the history.
//!
//! The history says in which order the moves have taken effect. This leaves to be found after which
//! of them each read took effect, and each write that moved nothing because the image had the tag.
//! The earliest possible one for each, in the order of their calls, leaves the most to the others.
//! So this decides the same as the search of `linearizability`, for any number of clients.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use super::line::Line;
use super::observation::{Observations, TagRead, TagWrite};

/// What was observed of the tag without moving it: it was on this image.
#[derive(Debug)]
struct Sight {
    called_at: u64,
    returned_at: u64,
    carrier: Option<usize>,
}

/// Checks that the moves of `line` explain all observations. Counts the writes that moved nothing.
pub(super) fn explain(line: &Line, observations: &Observations) -> Result<usize, String> {
    let writes = moves_of_writes(line, &observations.writes)?;
    let times = MoveTimes::new(&writes)?;
    let moved: HashSet<_> = writes.iter().map(|write| &write.request_id).collect();
    let is_still = |write: &&TagWrite| !moved.contains(&write.request_id);
    let mut sights = Vec::new();
    for write in observations.writes.iter().filter(is_still) {
        sights.extend(sight_of_write(write)?);
    }
    let still = sights.len();
    for read in &observations.reads {
        sights.push(sight_of_read(read)?);
    }
    locate(line, &times, sights)?;
    Ok(still)
}

/// Forgets the reads that may have seen a write which the database has lost: one without an answer
/// that is not in the history.
pub(super) fn forget_what_was_lost(line: &Line, observations: &mut Observations) {
    let moves = line.moves().iter();
    let kept: HashSet<_> = moves.map(|it| it.request_id.as_str()).collect();
    let is_lost = |write: &&TagWrite| {
        write.acknowledged.is_none() && !kept.contains(write.request_id.as_str())
    };
    let lost: Vec<_> = observations.writes.iter().filter(is_lost).collect();
    let may_show = |read: &TagRead, write: &TagWrite| {
        read.carriers == [write.image]
            && read.called_at <= write.returned_at
            && read.returned_at >= write.called_at
    };
    let is_sure = |read: &TagRead| !lost.iter().any(|write| may_show(read, write));
    observations.reads.retain(is_sure);
}

/// The write of each move, in the order of the moves.
fn moves_of_writes<'a>(line: &Line, writes: &'a [TagWrite]) -> Result<Vec<&'a TagWrite>, String> {
    let mut by_request: HashMap<_, _> = writes
        .iter()
        .map(|write| (write.request_id.as_str(), write))
        .collect();
    let mut found = Vec::new();
    for it in line.moves() {
        let write = by_request.remove(it.request_id.as_str());
        let write = write.filter(|write| write.image == it.to);
        let write = write.ok_or(format!("no client has sent this once: {it:?}"))?;
        let known = write
            .acknowledged
            .as_ref()
            .and_then(|it| it.taken_from.as_ref());
        let taken_from = it.from.into_iter().collect();
        if known.is_some_and(|known| *known != taken_from) {
            return Err(format!("the answer is not what happened: {write:?} {it:?}"));
        }
        found.push(write);
    }
    Ok(found)
}

/// An acknowledged write that is not in the history: the image had the tag already.
fn sight_of_write(write: &TagWrite) -> Result<Option<Sight>, String> {
    let Some(acknowledged) = &write.acknowledged else {
        return Ok(None);
    };
    if acknowledged
        .taken_from
        .as_ref()
        .is_some_and(|it| !it.is_empty())
    {
        return Err(format!("a move is missing in the history: {write:?}"));
    }
    Ok(Some(Sight {
        called_at: write.called_at,
        returned_at: write.returned_at,
        carrier: Some(write.image),
    }))
}

fn sight_of_read(read: &TagRead) -> Result<Sight, String> {
    if read.carriers.len() > 1 {
        return Err(format!("several images had the tag: {read:?}"));
    }
    Ok(Sight {
        called_at: read.called_at,
        returned_at: read.returned_at,
        carrier: read.carriers.first().copied(),
    })
}

/// When the moves were called and had returned.
struct MoveTimes {
    /// The time of each return, in order, and the number of moves that had to have taken effect by
    /// then.
    returns: Vec<(u64, usize)>,
    /// The time of each call, in order, and the number of moves that can have taken effect before
    /// it and all later ones.
    calls: Vec<(u64, usize)>,
    count: usize,
}

impl MoveTimes {
    /// The times of the writes of all moves, in the order of the moves.
    fn new(writes: &[&TagWrite]) -> Result<Self, String> {
        let returned_at = |write: &TagWrite| write.acknowledged.as_ref().map(|_| write.returned_at);
        let mut first_return = u64::MAX;
        for write in writes.iter().rev() {
            if write.called_at > first_return {
                return Err(format!("a later call has an earlier move: {write:?}"));
            }
            first_return = first_return.min(returned_at(write).unwrap_or(u64::MAX));
        }
        let mut returns: Vec<_> = (1..)
            .zip(writes)
            .filter_map(|(number, write)| Some((returned_at(write)?, number)))
            .collect();
        returns.sort_unstable();
        let mut done = 0;
        for (_, number) in &mut returns {
            done = done.max(*number);
            *number = done;
        }
        let mut calls: Vec<_> = (0..)
            .zip(writes)
            .map(|(before, it)| (it.called_at, before))
            .collect();
        calls.sort_unstable();
        let mut possible = writes.len();
        for (_, before) in calls.iter_mut().rev() {
            possible = possible.min(*before);
            *before = possible;
        }
        Ok(Self {
            returns,
            calls,
            count: writes.len(),
        })
    }

    /// How many moves have taken effect at least, for what is called at this time.
    fn before_call(&self, time: u64) -> usize {
        let returned = self
            .returns
            .partition_point(|(returned_at, _)| *returned_at < time);
        returned
            .checked_sub(1)
            .map_or(0, |last| self.returns[last].1)
    }

    /// How many moves can have taken effect at most, for what has returned at this time.
    fn before_return(&self, time: u64) -> usize {
        let called = self
            .calls
            .partition_point(|(called_at, _)| *called_at <= time);
        self.calls
            .get(called)
            .map_or(self.count, |(_, before)| *before)
    }
}

/// Finds for each sight the number of moves after which it can have happened.
fn locate(line: &Line, times: &MoveTimes, mut sights: Vec<Sight>) -> Result<(), String> {
    sights.sort_unstable_by_key(|sight| sight.called_at);
    // The sights that have not returned before the current one was called, and the latest of the
    // others.
    let (mut concurrent, mut latest) = (BinaryHeap::new(), 0);
    for sight in sights {
        while let Some(Reverse((returned_at, after))) = concurrent.peek().copied()
            && returned_at < sight.called_at
        {
            latest = latest.max(after);
            concurrent.pop();
        }
        let first = latest.max(times.before_call(sight.called_at));
        let mut possible = first..=times.before_return(sight.returned_at);
        let after = possible.find(|count| line.carrier(*count) == sight.carrier);
        let after = after.ok_or_else(|| {
            let last = times.before_return(sight.returned_at);
            format!("the tag was nowhere there after moves {first} to {last}: {sight:?}")
        })?;
        concurrent.push(Reverse((sight.returned_at, after)));
    }
    Ok(())
}

//! Who may ask Keystone now: a bounded number of slots, shared fairly between clients, and a bounded wait for one.
//!
//! Whoever waits stands in the line of its client. The lines take turns, and in each the first comes first. A line has no
//! more than a share of the slots, so that a slow Keystone leaves some for other clients. Some slots are kept for
//! tokens that were valid before: strangers, whose tokens never were, cannot take them. Lines in which nobody waits or holds
//! a slot are not kept.

mod line;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

pub(super) use line::Line;

/// How many slots there are: tokens that Keystone is asked for at once.
const SLOTS: usize = 32;

/// How many of them only tokens that were valid before may hold.
const RESERVE: usize = 8;

/// A line gets another slot while it holds fewer than this times the slots that are free. Alone it gets three quarters.
const SHARE: usize = 3;

/// How many may wait in one line, and in all lines together. A request past that is turned away at once.
const MAX_IN_LINE: usize = 1024;
const MAX_WAITING: usize = 8192;

/// The slots.
#[derive(Debug, Default)]
pub(super) struct Slots(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    lines: HashMap<Line, Queue>,
    /// The lines in which somebody waits, in the order of their turns: first those of new tokens, then the others.
    turns: [VecDeque<Line>; 2],
    held: usize,
    held_by_new: usize,
    waiting: usize,
    last_ticket: u64,
}

#[derive(Debug, Default)]
struct Queue {
    held: usize,
    waiting: VecDeque<(u64, oneshot::Sender<()>)>,
}

/// A slot, or a place in a line until it is one. It is given back when it is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    slots: Arc<Slots>,
    line: Line,
    ticket: u64,
}

impl Slots {
    /// A slot, when it is the turn of `line`; `None` if that takes longer than `patience`, or too many wait already.
    pub(super) async fn acquire(self: &Arc<Self>, line: Line, patience: Duration) -> Option<Slot> {
        let (slot, turn) = self.line_up(line)?;
        tokio::time::timeout(patience, turn).await.ok()?.ok()?;
        Some(slot)
    }

    /// How many slots are held.
    pub(super) fn held(&self) -> usize {
        self.state().held
    }

    fn line_up(self: &Arc<Self>, line: Line) -> Option<(Slot, oneshot::Receiver<()>)> {
        let mut state = self.state();
        let in_line = state
            .lines
            .get(&line)
            .map_or(0, |queue| queue.waiting.len());
        if in_line >= MAX_IN_LINE || state.waiting >= MAX_WAITING {
            return None;
        }
        let (call, turn) = oneshot::channel();
        state.last_ticket += 1;
        let ticket = state.last_ticket;
        if in_line == 0 {
            state.turns[usize::from(line.was_valid)].push_back(line);
        }
        state
            .lines
            .entry(line)
            .or_default()
            .waiting
            .push_back((ticket, call));
        state.waiting += 1;
        state.call();
        Some((
            Slot {
                slots: Arc::clone(self),
                line,
                ticket,
            },
            turn,
        ))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Gives the slots that are free to those whose turn it is. New tokens come first, for they have fewer slots.
    fn call(&mut self) {
        while self.call_one(false) || self.call_one(true) {}
    }

    /// Gives one slot to the first line that may have another; `false` if there is none.
    ///
    /// A line that may not have another holds several, so this looks at few lines, however many there are.
    fn call_one(&mut self, was_valid: bool) -> bool {
        let mut free = SLOTS - self.held;
        if !was_valid {
            free = free.min(SLOTS - RESERVE - self.held_by_new);
        }
        if free == 0 {
            return false;
        }
        let turns = &mut self.turns[usize::from(was_valid)];
        let may_have_one = |line: &Line| {
            self.lines
                .get(line)
                .is_some_and(|queue| queue.held < SHARE * free)
        };
        let Some(line) = turns
            .iter()
            .position(may_have_one)
            .and_then(|next| turns.remove(next))
        else {
            return false;
        };
        let Some(queue) = self.lines.get_mut(&line) else {
            return false;
        };
        let Some((_, turn)) = queue.waiting.pop_front() else {
            return false;
        };
        queue.held += 1;
        self.held += 1;
        self.held_by_new += usize::from(!was_valid);
        self.waiting -= 1;
        if !queue.waiting.is_empty() {
            turns.push_back(line);
        }
        // Who has just given up does not hear it. The slot counts as held until its `Slot` is dropped, which follows at once.
        let _ = turn.send(());
        true
    }

    /// Takes back a slot, or a place in a line.
    fn leave(&mut self, line: Line, ticket: u64) {
        let Some(queue) = self.lines.get_mut(&line) else {
            return;
        };
        if let Ok(place) = queue
            .waiting
            .binary_search_by_key(&ticket, |(ticket, _)| *ticket)
        {
            queue.waiting.remove(place);
            self.waiting -= 1;
            if queue.waiting.is_empty() {
                self.turns[usize::from(line.was_valid)].retain(|other| *other != line);
            }
        } else {
            queue.held -= 1;
            self.held -= 1;
            self.held_by_new -= usize::from(!line.was_valid);
        }
        if queue.waiting.is_empty() && queue.held == 0 {
            self.lines.remove(&line);
        }
        self.call();
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.slots.state().leave(self.line, self.ticket);
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    fn line(client: &str) -> Line {
        Line::of(Some(client.parse().unwrap()), false)
    }

    /// As many slots as can be had at once.
    fn all_of(slots: &Arc<Slots>, line: Line) -> Vec<Slot> {
        let mut held = Vec::new();
        loop {
            let (slot, mut turn) = slots.line_up(line).unwrap();
            if turn.try_recv().is_err() {
                return held;
            }
            held.push(slot);
        }
    }

    fn is_empty(slots: &Slots) -> bool {
        let state = slots.state();
        let turns = state.turns.iter().map(VecDeque::len).sum::<usize>();
        (
            state.lines.len(),
            turns,
            state.held,
            state.held_by_new,
            state.waiting,
        ) == (0, 0, 0, 0, 0)
    }

    #[tokio::test(start_paused = true)]
    async fn no_client_holds_all_slots_and_no_new_tokens_hold_the_reserve() {
        let slots = Arc::new(Slots::default());
        let mut held = all_of(&slots, line("192.0.2.1"));
        assert_eq!(held.len(), 18);
        for number in 2..40 {
            held.extend(all_of(&slots, line(&format!("192.0.2.{number}"))));
        }
        assert_eq!(held.len(), SLOTS - RESERVE);
        let reserve = all_of(&slots, Line::of(None, true));
        assert_eq!(reserve.len(), 6);
        assert!(
            slots
                .acquire(Line::of(Some(Ipv6Addr::LOCALHOST.into()), true), PATIENCE)
                .await
                .is_some()
        );
        drop((held, reserve));
        assert!(is_empty(&slots));
    }

    #[tokio::test(start_paused = true)]
    async fn lines_take_turns_and_in_each_the_first_comes_first() {
        let slots = Arc::new(Slots::default());
        let mut held: Vec<_> = (1..=24)
            .filter_map(|number| slots.line_up(line(&format!("10.0.0.{number}"))))
            .collect();
        let mut waiting: Vec<_> = ["192.0.2.1"; 3]
            .iter()
            .chain(&["192.0.2.2"; 2])
            .map(|client| slots.line_up(line(client)).unwrap())
            .collect();
        for expected in [0, 3, 1, 4, 2] {
            held.pop();
            let called = waiting
                .iter_mut()
                .position(|(_, turn)| turn.try_recv().is_ok());
            assert_eq!(called, Some(expected));
        }
        drop((held, waiting));
        assert!(is_empty(&slots));
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_ends_in_time_and_leaves_nothing_behind() {
        let slots = Arc::new(Slots::default());
        let held = all_of(&slots, line("192.0.2.1"));
        let start = tokio::time::Instant::now();
        assert!(slots.acquire(line("192.0.2.1"), PATIENCE).await.is_none());
        assert_eq!(start.elapsed(), PATIENCE);
        // One that went away, and one that was called and does not know yet.
        let (gone, called) = (
            slots.line_up(line("192.0.2.1")),
            slots.line_up(line("192.0.2.1")),
        );
        drop(gone);
        drop(held);
        drop(called);
        assert!(is_empty(&slots));
    }

    #[test]
    fn the_lines_are_bounded() {
        let slots = Arc::new(Slots::default());
        let mut held = Vec::new();
        while let Some(slot) = slots.line_up(line("192.0.2.1")) {
            held.push(slot);
        }
        assert_eq!(held.len(), 18 + MAX_IN_LINE);
        for number in 0..2 * MAX_WAITING {
            held.extend(slots.line_up(Line::of(
                Some(Ipv6Addr::from_bits((number as u128) << 64).into()),
                false,
            )));
        }
        assert_eq!(held.len(), SLOTS - RESERVE + MAX_WAITING);
        assert!(slots.state().lines.len() <= SLOTS + MAX_WAITING);
        drop(held);
        assert!(is_empty(&slots));
    }
}

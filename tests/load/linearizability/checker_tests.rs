//! Tests of the checker itself: against histories known to be linearizable or not, and against a
//! search of every order.

use fastrand::Rng;

use super::answer::{Answer, Content};
use super::checker::check;
use super::history::{Outcome, Record};
use super::model::{Image, Operation, State, Step};

fn record(operation: Operation, called_at: u64, outcome: Outcome) -> Record {
    Record {
        operation,
        called_at,
        outcome,
    }
}

fn put(tag: &str, called_at: u64, outcome: Outcome) -> Record {
    record(Operation::PutTag(tag.to_owned()), called_at, outcome)
}

fn no_content(time: u64) -> Outcome {
    Outcome::Answered(
        time,
        Answer {
            status: 204,
            content: Content::Nothing,
        },
    )
}

fn show(tags: &[&str], called_at: u64, time: u64) -> Record {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    let answer = Answer {
        status: 200,
        content: Content::Image(tags, [].into()),
    };
    record(Operation::Show, called_at, Outcome::Answered(time, answer))
}

fn is_linearizable(history: &[Record]) -> bool {
    check(&Some(Image::default()), history).is_ok()
}

#[test]
fn a_lost_update_is_detected() {
    assert!(is_linearizable(&[
        put("a", 1, no_content(2)),
        show(&["a"], 3, 4)
    ]));
    assert!(!is_linearizable(&[
        put("a", 1, no_content(2)),
        show(&[], 3, 4)
    ]));
}

#[test]
fn a_tag_that_was_never_sent_is_detected() {
    assert!(!is_linearizable(&[
        put("a", 1, no_content(2)),
        show(&["a", "b"], 3, 4)
    ]));
}

#[test]
fn either_of_two_concurrent_changes_may_be_first_but_not_both() {
    let both = [put("a", 1, no_content(9)), put("b", 1, no_content(9))];
    let [one, other] = [show(&["a"], 2, 3), show(&["b"], 4, 5)];
    assert!(is_linearizable(&[
        both[0].clone(),
        both[1].clone(),
        one.clone()
    ]));
    assert!(!is_linearizable(&[
        both[0].clone(),
        both[1].clone(),
        one,
        other
    ]));
}

#[test]
fn a_change_that_was_observed_stays_observed() {
    let put = put("a", 1, no_content(9));
    assert!(is_linearizable(&[
        put.clone(),
        show(&[], 2, 3),
        show(&["a"], 4, 5)
    ]));
    assert!(!is_linearizable(&[
        put,
        show(&["a"], 2, 3),
        show(&[], 4, 5)
    ]));
}

#[test]
fn an_unknown_change_takes_effect_by_its_time_or_never() {
    assert!(is_linearizable(&[
        put("a", 1, Outcome::UnknownUntil(4)),
        show(&["a"], 5, 6)
    ]));
    assert!(is_linearizable(&[
        put("a", 1, Outcome::UnknownUntil(4)),
        show(&[], 5, 6)
    ]));
    let late = [show(&[], 5, 6), show(&["a"], 7, 8)];
    assert!(!is_linearizable(&[
        put("a", 1, Outcome::UnknownUntil(4)),
        late[0].clone(),
        late[1].clone()
    ]));
    assert!(is_linearizable(&[
        put("a", 1, Outcome::Unknown),
        late[0].clone(),
        late[1].clone()
    ]));
}

/// Whether some order of the records explains them all, by exhaustive search.
fn is_linearizable_by_search(state: &State, left: &[&Record]) -> bool {
    let time = |record: &Record| match record.outcome {
        Outcome::Answered(time, _) | Outcome::UnknownUntil(time) => time,
        Outcome::Unknown => u64::MAX,
    };
    let first_return = left.iter().map(|record| time(record)).min();
    let firsts = (0..left.len())
        .filter(|index| first_return.is_some_and(|time| left[*index].called_at <= time));
    let is_possible = |index: usize| {
        let rest: Vec<_> = left
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index)
            .map(|(_, it)| *it)
            .collect();
        let mut next = state.clone();
        let answer = left[index].operation.apply(&mut next);
        match &left[index].outcome {
            Outcome::Answered(_, observed) => {
                *observed == answer && is_linearizable_by_search(&next, &rest)
            }
            Outcome::UnknownUntil(_) | Outcome::Unknown => {
                is_linearizable_by_search(&next, &rest) || is_linearizable_by_search(state, &rest)
            }
        }
    };
    left.is_empty() || firsts.into_iter().any(is_possible)
}

/// An operation on one of two tags, so that operations often conflict.
fn conflicting_operation(rng: &mut Rng) -> Operation {
    let tag = ["a", "b"][rng.usize(..2)].to_owned();
    match rng.u8(..8) {
        0 | 1 => Operation::PutTag(tag),
        2 | 3 => Operation::DeleteTag(tag),
        4 => Operation::Patch(vec![Step::SetTags([tag].into())]),
        5 => Operation::List(tag),
        _ => Operation::Show,
    }
}

#[test]
fn the_checker_agrees_with_an_exhaustive_search() {
    let mut rng = Rng::with_seed(7);
    let (mut linearizable, mut other) = (0, 0);
    for _ in 0..6000 {
        // The answers come from one order. The times overlap and may contradict it, and some
        // answers are those of another state.
        let (mut state, mut history) = (Some(Image::default()), Vec::new());
        for step in 0..rng.u64(2..7) {
            let operation = conflicting_operation(&mut rng);
            let answer = match rng.u8(..10) {
                0 => operation.apply(&mut Some(Image::default())),
                _ => operation.apply(&mut state),
            };
            let called_at = (step * 10 + rng.u64(0..10)).saturating_sub(rng.u64(0..30));
            let time = called_at + rng.u64(0..20);
            let outcome = match rng.u8(0..10) {
                0 => Outcome::UnknownUntil(time),
                1 => Outcome::Unknown,
                _ => Outcome::Answered(time, answer),
            };
            history.push(record(operation, called_at, outcome));
        }
        let before = Some(Image::default());
        let found = check(&before, &history).is_ok();
        assert_eq!(
            found,
            is_linearizable_by_search(&before, &history.iter().collect::<Vec<_>>()),
            "{history:#?}"
        );
        if found {
            linearizable += 1;
        } else {
            other += 1;
        }
    }
    assert!(
        linearizable > 300 && other > 300,
        "{linearizable} linearizable, {other} not"
    );
}

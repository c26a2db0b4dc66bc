//! Tests of the checker itself, against a search of every order.

use fastrand::Rng;

use super::checker::check;
use super::history::{Outcome, Record};
use super::image::Image;
use super::model::Images;
use super::operation::{Operation, Step};

/// Whether some order of the records explains them all, by exhaustive search.
fn is_linearizable_by_search(state: &Images, left: &[&Record]) -> bool {
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
        let answer = left[index].operation.apply(left[index].image, &mut next);
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
fn on_tags(rng: &mut Rng) -> Operation {
    let tag = ["a", "b"][rng.usize(..2)].to_owned();
    match rng.u8(..8) {
        0 | 1 => Operation::PutTag(tag),
        2 | 3 => Operation::DeleteTag(tag),
        4 => Operation::Patch(vec![Step::SetTags([tag].into())]),
        5 => Operation::List(tag),
        _ => Operation::Show,
    }
}

/// An operation that moves one of two exclusive tags, or shows where it is.
fn on_exclusive_tags(rng: &mut Rng) -> Operation {
    let tag = ["production", "single"][rng.usize(..2)].to_owned();
    match rng.u8(..9) {
        0 | 1 => Operation::Promote(tag),
        2 => Operation::PutTag(tag),
        3 => Operation::EditTags([tag].into(), [].into()),
        4 => Operation::Patch(vec![Step::SetTags([tag].into())]),
        5 => Operation::DeleteTag(tag),
        6 => Operation::Show,
        _ => Operation::Carriers(tag),
    }
}

/// Compares the two on random histories of so many images.
fn compare(seed: u64, images: usize, operation: fn(&mut Rng) -> Operation) {
    let mut rng = Rng::with_seed(seed);
    let before: Images = (0..images).map(|image| (image, Image::default())).collect();
    let (mut linearizable, mut other) = (0, 0);
    for _ in 0..6000 {
        // The answers come from one order. The times overlap and may contradict it, and some
        // answers are those of another state.
        let (mut state, mut history) = (before.clone(), Vec::new());
        for step in 0..rng.u64(2..7) {
            let (image, operation) = (rng.usize(..images), operation(&mut rng));
            let answer = match rng.u8(..10) {
                0 => operation.apply(image, &mut before.clone()),
                _ => operation.apply(image, &mut state),
            };
            let called_at = (step * 10 + rng.u64(0..10)).saturating_sub(rng.u64(0..30));
            let time = called_at + rng.u64(0..20);
            let outcome = match rng.u8(0..10) {
                0 => Outcome::UnknownUntil(time),
                1 => Outcome::Unknown,
                _ => Outcome::Answered(time, answer),
            };
            history.push(Record {
                image,
                operation,
                called_at,
                outcome,
            });
        }
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

#[test]
fn the_checker_agrees_with_an_exhaustive_search() {
    compare(7, 1, on_tags);
}

#[test]
fn the_checker_agrees_with_an_exhaustive_search_on_promotions() {
    compare(7, 3, on_exclusive_tags);
}

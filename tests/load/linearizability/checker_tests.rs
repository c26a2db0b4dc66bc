//! Tests of the checker itself, against histories of one image that are known to be linearizable or
//! not.

use super::answer::{Answer, Content};
use super::checker::check;
use super::history::{Entry, Outcome, Record};
use super::image::Image;
use super::model::Images;
use super::operation::Operation;
use super::verdict::check_key_spaces;

fn record(operation: Operation, called_at: u64, outcome: Outcome) -> Record {
    Record {
        image: 0,
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

/// One image without tags.
fn one_image() -> Images {
    [(0, Image::default())].into()
}

fn is_linearizable(history: &[Record]) -> bool {
    check(&one_image(), history).is_ok()
}

#[test]
fn an_operation_without_an_answer_may_vanish_after_it_was_seen_if_the_store_may_lose_it() {
    let unanswered = put("c0-a", 1, Outcome::UnknownUntil(20));
    let entry = |client, record| Entry { client, record };
    let verdict = |seen_at, may_lose| {
        let entries = [
            entry(0, unanswered.clone()),
            entry(0, put("c0-b", 5, no_content(6))),
            entry(1, show(&["c0-a"], seen_at, seen_at + 1)),
            entry(1, show(&["c0-b"], 12, 13)),
        ];
        check_key_spaces(1, 2, &entries, may_lose).is_ok()
    };
    assert!(verdict(3, true), "while its client waited");
    assert!(!verdict(3, false), "the store must not lose it");
    assert!(!verdict(8, true), "after its client has gone on");
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

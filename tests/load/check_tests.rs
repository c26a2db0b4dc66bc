//! The checker itself is held to histories that are known to be right or wrong, and to trying every order.

use fastrand::Rng;

use crate::answer::{Answer, Seen};
use crate::check::check;
use crate::model::{Image, Operation, State, Step};
use crate::record::{End, Record};

fn record(operation: Operation, called: u64, end: End) -> Record {
    Record {
        operation,
        called,
        end,
    }
}

fn put(tag: &str, called: u64, end: End) -> Record {
    record(Operation::PutTag(tag.to_owned()), called, end)
}

fn no_content(time: u64) -> End {
    End::Answered(
        time,
        Answer {
            status: 204,
            seen: Seen::Nothing,
        },
    )
}

fn shows(tags: &[&str], called: u64, time: u64) -> Record {
    let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
    let answer = Answer {
        status: 200,
        seen: Seen::Image(tags, [].into()),
    };
    record(Operation::Show, called, End::Answered(time, answer))
}

fn is_right(history: &[Record]) -> bool {
    check(&Some(Image::default()), history).is_ok()
}

#[test]
fn an_acknowledged_tag_that_is_not_there_is_found() {
    assert!(is_right(&[put("a", 1, no_content(2)), shows(&["a"], 3, 4)]));
    assert!(!is_right(&[put("a", 1, no_content(2)), shows(&[], 3, 4)]));
}

#[test]
fn a_tag_that_was_never_sent_is_found() {
    assert!(!is_right(&[
        put("a", 1, no_content(2)),
        shows(&["a", "b"], 3, 4)
    ]));
}

#[test]
fn of_two_at_once_either_may_come_first_but_not_both() {
    let both = [put("a", 1, no_content(9)), put("b", 1, no_content(9))];
    let [one, other] = [shows(&["a"], 2, 3), shows(&["b"], 4, 5)];
    assert!(is_right(&[both[0].clone(), both[1].clone(), one.clone()]));
    assert!(!is_right(&[both[0].clone(), both[1].clone(), one, other]));
}

#[test]
fn what_was_seen_once_stays_seen() {
    let put = put("a", 1, no_content(9));
    assert!(is_right(&[
        put.clone(),
        shows(&[], 2, 3),
        shows(&["a"], 4, 5)
    ]));
    assert!(!is_right(&[put, shows(&["a"], 2, 3), shows(&[], 4, 5)]));
}

#[test]
fn what_was_lost_happened_by_its_time_or_never() {
    assert!(is_right(&[put("a", 1, End::Lost(4)), shows(&["a"], 5, 6)]));
    assert!(is_right(&[put("a", 1, End::Lost(4)), shows(&[], 5, 6)]));
    let late = [shows(&[], 5, 6), shows(&["a"], 7, 8)];
    assert!(!is_right(&[
        put("a", 1, End::Lost(4)),
        late[0].clone(),
        late[1].clone()
    ]));
    assert!(is_right(&[
        put("a", 1, End::Open),
        late[0].clone(),
        late[1].clone()
    ]));
}

/// Whether some order of the records explains them all: by trying each.
fn some_order_explains(state: &State, left: &[&Record]) -> bool {
    let time = |record: &Record| match record.end {
        End::Answered(time, _) | End::Lost(time) => time,
        End::Open => u64::MAX,
    };
    let first_end = left.iter().map(|record| time(record)).min();
    let firsts =
        (0..left.len()).filter(|index| first_end.is_some_and(|end| left[*index].called <= end));
    let is_possible = |index: usize| {
        let rest: Vec<_> = left
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index)
            .map(|(_, it)| *it)
            .collect();
        let mut next = state.clone();
        let answer = left[index].operation.apply(&mut next);
        match &left[index].end {
            End::Answered(_, seen) => *seen == answer && some_order_explains(&next, &rest),
            End::Lost(_) | End::Open => {
                some_order_explains(&next, &rest) || some_order_explains(state, &rest)
            }
        }
    };
    left.is_empty() || firsts.into_iter().any(is_possible)
}

/// So few that they get in each other's way.
fn few(rng: &mut Rng) -> Operation {
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
fn it_finds_what_trying_every_order_finds() {
    let mut rng = Rng::with_seed(7);
    let (mut right, mut wrong) = (0, 0);
    for _ in 0..6000 {
        // Answers that came about in an order of their own, with times that overlap or lie; some are to another state.
        let (mut state, mut history) = (Some(Image::default()), Vec::new());
        for step in 0..rng.u64(2..7) {
            let operation = few(&mut rng);
            let answer = match rng.u8(..10) {
                0 => operation.apply(&mut Some(Image::default())),
                _ => operation.apply(&mut state),
            };
            let called = (step * 10 + rng.u64(0..10)).saturating_sub(rng.u64(0..30));
            let time = called + rng.u64(0..20);
            let end = match rng.u8(0..10) {
                0 => End::Lost(time),
                1 => End::Open,
                _ => End::Answered(time, answer),
            };
            history.push(record(operation, called, end));
        }
        let before = Some(Image::default());
        let found = check(&before, &history).is_ok();
        assert_eq!(
            found,
            some_order_explains(&before, &history.iter().collect::<Vec<_>>()),
            "{history:#?}"
        );
        if found { right += 1 } else { wrong += 1 }
    }
    assert!(right > 300 && wrong > 300, "{right} right, {wrong} wrong");
}

//! Tests of the checker itself, against histories of promotions that are known to be linearizable
//! or not.

use super::answer::{Answer, Content};
use super::checker::check;
use super::history::{Outcome, Record};
use super::image::Image;
use super::model::Images;
use super::operation::Operation;

const TAG: &str = "production";

fn record(image: usize, operation: Operation, times: (u64, u64), answer: Answer) -> Record {
    let (called_at, time) = times;
    Record {
        image,
        operation,
        called_at,
        outcome: Outcome::Answered(time, answer),
    }
}

/// A promotion of the image that takes the tag from others.
fn promote(image: usize, taken_from: &[usize], times: (u64, u64)) -> Record {
    let content = Content::TakenFrom(taken_from.iter().copied().collect());
    let answer = Answer {
        status: 200,
        content,
    };
    record(image, Operation::Promote(TAG.to_owned()), times, answer)
}

fn put(image: usize, tag: &str, status: u16, times: (u64, u64)) -> Record {
    let operation = Operation::PutTag(tag.to_owned());
    record(image, operation, times, Answer::empty(status))
}

/// A list of the images with the tag, which finds these.
fn carriers(images: &[usize], times: (u64, u64)) -> Record {
    let shown = ([TAG.to_owned()].into(), [].into());
    let images = images.iter().map(|image| (*image, shown.clone()));
    let answer = Answer {
        status: 200,
        content: Content::Images(images.collect()),
    };
    record(0, Operation::Carriers(TAG.to_owned()), times, answer)
}

fn is_linearizable(history: &[Record]) -> bool {
    let images: Images = (0..3).map(|image| (image, Image::default())).collect();
    check(&images, history).is_ok()
}

#[test]
fn a_promotion_takes_the_tag_from_the_image_that_had_it() {
    assert!(is_linearizable(&[
        promote(0, &[], (1, 2)),
        carriers(&[0], (3, 4)),
        promote(1, &[0], (5, 6)),
        carriers(&[1], (7, 8)),
        promote(1, &[], (9, 10)),
    ]));
}

#[test]
fn two_carriers_are_detected() {
    for seen in [&[0, 1][..], &[]] {
        assert!(!is_linearizable(&[
            promote(0, &[], (1, 2)),
            promote(1, &[0], (3, 9)),
            carriers(seen, (4, 5)),
        ]));
    }
}

#[test]
fn a_lost_promotion_is_detected() {
    assert!(!is_linearizable(&[
        promote(0, &[], (1, 2)),
        promote(1, &[0], (3, 4)),
        carriers(&[0], (5, 6)),
    ]));
    // The third takes the tag from where it was before the second.
    assert!(!is_linearizable(&[
        promote(0, &[], (1, 2)),
        promote(1, &[0], (3, 4)),
        promote(2, &[0], (5, 6)),
    ]));
}

#[test]
fn of_two_concurrent_promotions_only_one_takes_the_tag_from_the_first_image() {
    let first = promote(0, &[], (1, 2));
    assert!(is_linearizable(&[
        first.clone(),
        promote(1, &[0], (3, 9)),
        promote(2, &[1], (3, 9)),
    ]));
    assert!(!is_linearizable(&[
        first,
        promote(1, &[0], (3, 9)),
        promote(2, &[0], (3, 9)),
    ]));
}

#[test]
fn a_tag_that_was_seen_moved_does_not_go_back() {
    let moves = [promote(0, &[], (1, 2)), promote(1, &[0], (3, 9))];
    let seen = |first, second| {
        let reads = [carriers(&[first], (4, 5)), carriers(&[second], (6, 7))];
        is_linearizable(&[moves.as_slice(), &reads].concat())
    };
    assert!(seen(0, 1) && seen(0, 0) && seen(1, 1));
    assert!(!seen(1, 0));
}

#[test]
fn only_a_promotion_takes_a_tag_that_its_rule_holds() {
    let held = |status| {
        is_linearizable(&[
            put(0, "single", 204, (1, 2)),
            put(1, "single", status, (3, 4)),
        ])
    };
    assert!(held(409) && !held(204));
    let taken_from = Content::TakenFrom([0].into());
    let promotion = record(
        1,
        Operation::Promote("single".to_owned()),
        (3, 4),
        Answer {
            status: 200,
            content: taken_from,
        },
    );
    assert!(is_linearizable(&[
        put(0, "single", 204, (1, 2)),
        promotion,
        put(1, "single", 204, (5, 6)),
    ]));
}

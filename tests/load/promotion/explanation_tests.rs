//! Tests of the check itself, against observations that the history explains or not.

use super::explanation::{explain, forget_what_was_lost};
use super::line::Line;
use super::observation::{Acknowledgement, Event, Observations, TagRead, TagWrite};

/// The events of moves to these images by the requests 0, 1, 2 and so on.
fn events(images: &[usize]) -> Vec<Event> {
    let mut events = Vec::new();
    for (request, image) in images.iter().enumerate() {
        let mut add = |image, is_added| {
            events.push(Event {
                id: events.len() as u64 + 1,
                image,
                is_added,
                request_id: request.to_string(),
            });
        };
        if let Some(before) = request.checked_sub(1) {
            add(images[before], false);
        }
        add(*image, true);
    }
    events
}

fn line(images: &[usize]) -> Line {
    Line::new(None, &events(images)).unwrap()
}

fn write(request: usize, image: usize, called_at: u64, returned_at: u64) -> TagWrite {
    TagWrite {
        request_id: request.to_string(),
        image,
        called_at,
        returned_at,
        acknowledged: Some(Acknowledgement { taken_from: None }),
    }
}

/// An acknowledged promotion that has taken the tag from these images.
fn promotion(request: usize, image: usize, times: (u64, u64), taken_from: &[usize]) -> TagWrite {
    let mut write = write(request, image, times.0, times.1);
    let acknowledged = write.acknowledged.as_mut().unwrap();
    acknowledged.taken_from = Some(taken_from.iter().copied().collect());
    write
}

/// A write whose client has waited for an answer until the time 5.
fn unanswered(request: usize, image: usize, called_at: u64) -> TagWrite {
    TagWrite {
        acknowledged: None,
        ..write(request, image, called_at, 5)
    }
}

fn read(carriers: &[usize], called_at: u64, returned_at: u64) -> TagRead {
    TagRead {
        called_at,
        returned_at,
        carriers: carriers.to_vec(),
    }
}

/// Whether moves to these images explain the writes and reads.
fn explains(images: &[usize], writes: &[TagWrite], reads: &[TagRead]) -> bool {
    let observations = Observations {
        writes: writes.to_vec(),
        reads: reads.to_vec(),
        ..Observations::default()
    };
    explain(&line(images), &observations).is_ok()
}

#[test]
fn a_history_is_a_line_only_if_each_move_takes_the_tag_from_where_it_was() {
    assert_eq!(line(&[4, 5, 4]).end(), Some(4));
    assert_eq!(line(&[]).end(), None);
    let good = events(&[4, 5, 6]);
    for index in 0..good.len() - 1 {
        let mut missing = good.clone();
        missing.remove(index);
        assert!(Line::new(None, &missing).is_err(), "without event {index}");
        let mut swapped = good.clone();
        swapped.swap(index, index + 1);
        assert!(
            Line::new(None, &swapped).is_err(),
            "event {index} comes later"
        );
    }
    let mut incomplete = good.clone();
    incomplete.pop();
    assert!(Line::new(None, &incomplete).is_err(), "the tag is nowhere");
    let mut two_requests = good.clone();
    two_requests[2].request_id = "other".to_owned();
    assert!(
        Line::new(None, &two_requests).is_err(),
        "the move is not one step"
    );
    assert!(Line::new(Some(4), &good[1..]).is_ok());
    assert!(Line::new(Some(5), &good[1..]).is_err(), "it was elsewhere");
    let mut elsewhere = good;
    elsewhere[3].image = 4;
    assert!(
        Line::new(None, &elsewhere).is_err(),
        "taken from another image"
    );
}

#[test]
fn acknowledged_moves_are_explained_by_the_history_and_only_by_it() {
    let writes = [write(0, 4, 1, 2), write(1, 5, 3, 4)];
    assert!(explains(&[4, 5], &writes, &[]));
    assert!(
        !explains(&[4], &writes, &[]),
        "an acknowledged move is missing"
    );
    assert!(
        !explains(&[4, 5], &writes[..1], &[]),
        "nobody has sent a move"
    );
    assert!(!explains(&[4, 6], &writes, &[]), "it went to another image");
    let reversed = [write(0, 4, 3, 4), write(1, 5, 1, 2)];
    assert!(
        !explains(&[4, 5], &reversed, &[]),
        "the order is the other one"
    );
}

#[test]
fn a_write_without_an_answer_may_be_in_the_history_or_not() {
    let writes = [write(0, 4, 1, 2), unanswered(1, 5, 3)];
    assert!(explains(&[4, 5], &writes, &[read(&[5], 8, 9)]));
    assert!(explains(&[4], &writes, &[read(&[4], 8, 9)]));
    assert!(!explains(&[4], &writes, &[read(&[5], 8, 9)]));
}

#[test]
fn a_lost_write_may_have_been_seen_while_its_client_waited() {
    let kept_reads = |images: &[usize], read: TagRead| {
        let mut observations = Observations {
            writes: vec![write(0, 4, 1, 2), unanswered(1, 5, 3)],
            reads: vec![read],
            ..Observations::default()
        };
        forget_what_was_lost(&line(images), &mut observations);
        observations.reads.len()
    };
    assert_eq!(kept_reads(&[4], read(&[5], 4, 9)), 0);
    assert_eq!(kept_reads(&[4], read(&[5], 6, 9)), 1, "after it");
    assert_eq!(kept_reads(&[4], read(&[5], 1, 2)), 1, "before it");
    assert_eq!(kept_reads(&[4], read(&[6], 4, 9)), 1, "another image");
    assert_eq!(kept_reads(&[4, 5], read(&[5], 4, 9)), 1, "it is not lost");
}

#[test]
fn a_write_that_moved_nothing_found_the_tag_on_its_image() {
    let first = write(0, 4, 1, 2);
    let repeated = [first.clone(), write(7, 4, 3, 4)];
    assert!(explains(&[4], &repeated, &[]));
    let taken = [first.clone(), write(1, 5, 3, 4), write(7, 4, 5, 6)];
    assert!(!explains(&[4, 5], &taken, &[]), "the tag was gone");
    let concurrent = [first, write(1, 5, 3, 8), write(7, 4, 5, 6)];
    assert!(explains(&[4, 5], &concurrent, &[]));
}

#[test]
fn the_answer_to_a_promotion_names_what_the_tag_was_taken_from() {
    let answered = |second: &[usize]| {
        let writes = [
            promotion(0, 4, (1, 2), &[]),
            promotion(1, 5, (3, 4), second),
        ];
        explains(&[4, 5], &writes, &[])
    };
    assert!(answered(&[4]));
    assert!(!answered(&[]) && !answered(&[6]) && !answered(&[4, 6]));
    let lost = [promotion(0, 4, (1, 2), &[]), promotion(1, 4, (3, 4), &[5])];
    assert!(!explains(&[4], &lost, &[]));
}

#[test]
fn readers_see_the_tag_on_one_image_from_the_first_move_on() {
    let writes = [write(0, 4, 1, 2), write(1, 5, 3, 9)];
    let seen = |reads: &[TagRead]| explains(&[4, 5], &writes, reads);
    assert!(seen(&[read(&[], 0, 1)]));
    assert!(seen(&[read(&[4], 4, 5), read(&[5], 6, 7)]));
    assert!(seen(&[read(&[4], 4, 7), read(&[5], 5, 6)]));
    assert!(!seen(&[read(&[], 3, 4)]), "on none");
    assert!(!seen(&[read(&[4, 5], 4, 5)]), "on two");
    assert!(!seen(&[read(&[5], 4, 5), read(&[4], 6, 7)]), "back again");
    assert!(!seen(&[read(&[4], 10, 11)]), "too late");
    assert!(!seen(&[read(&[5], 1, 2)]), "too early");
    assert!(!seen(&[read(&[6], 4, 5)]), "on another image");
}

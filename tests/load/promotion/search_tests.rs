//! Tests of the check itself, against the search of `linearizability` for an order.

use fastrand::Rng;

use super::explanation::explain;
use super::line::Line;
use super::observation::{Acknowledgement, Event, Observations, TagRead, TagWrite};
use crate::linearizability::{
    Answer, Content, Entry, Image, MOVING_TAGS, Operation, Outcome, Record, State, check_project,
};

/// Promotions of images that are promoted once each, so that their answers leave one order to the
/// search too, and lists.
struct Sample {
    events: Vec<Event>,
    observations: Observations,
    entries: Vec<Entry>,
}

impl Sample {
    /// The times of each step overlap with those of others, and may contradict the order.
    fn new(rng: &mut Rng) -> Self {
        let mut sample = Self {
            events: Vec::new(),
            observations: Observations::default(),
            entries: Vec::new(),
        };
        let mut carrier = None;
        for step in 0..rng.usize(2..8) {
            let called_at = (step as u64 * 10 + rng.u64(..10)).saturating_sub(rng.u64(..20));
            let times = (called_at, called_at + rng.u64(..25));
            if rng.bool() {
                sample.promote(step, carrier, times);
                carrier = Some(step);
            } else {
                let other = (step > 0).then(|| rng.usize(..step));
                let seen = if rng.u8(..5) == 0 { other } else { carrier };
                sample.list(seen, times);
            }
        }
        sample
    }

    fn promote(&mut self, image: usize, from: Option<usize>, (called_at, returned_at): (u64, u64)) {
        let request_id = image.to_string();
        for (image, is_added) in from
            .map(|from| (from, false))
            .into_iter()
            .chain([(image, true)])
        {
            self.events.push(Event {
                id: self.events.len() as u64 + 1,
                image,
                is_added,
                request_id: request_id.clone(),
            });
        }
        self.observations.writes.push(TagWrite {
            request_id,
            image,
            called_at,
            returned_at,
            acknowledged: Some(Acknowledgement {
                taken_from: Some(from.into_iter().collect()),
            }),
        });
        let operation = Operation::Promote(MOVING_TAGS[0].to_owned());
        let content = Content::TakenFrom(from.into_iter().collect());
        self.record(image, operation, content, (called_at, returned_at));
    }

    fn list(&mut self, seen: Option<usize>, (called_at, returned_at): (u64, u64)) {
        self.observations.reads.push(TagRead {
            called_at,
            returned_at,
            carriers: seen.into_iter().collect(),
        });
        let shown = ([MOVING_TAGS[0].to_owned()].into(), [].into());
        let images = seen.into_iter().map(|image| (image, shown.clone()));
        let content = Content::Images(images.collect());
        let operation = Operation::Carriers(MOVING_TAGS[0].to_owned());
        self.record(0, operation, content, (called_at, returned_at));
    }

    fn record(&mut self, image: usize, operation: Operation, content: Content, times: (u64, u64)) {
        let answer = Answer {
            status: 200,
            content,
        };
        self.entries.push(Entry {
            client: 0,
            record: Record {
                image,
                operation,
                called_at: times.0,
                outcome: Outcome::Answered(times.1, answer),
            },
        });
    }
}

#[test]
fn the_history_explains_what_the_search_finds_an_order_for_and_nothing_else() {
    let mut rng = Rng::with_seed(7);
    let images: Vec<State> = vec![Some(Image::default()); 8];
    let (mut explained, mut other) = (0, 0);
    for _ in 0..6000 {
        let sample = Sample::new(&mut rng);
        let line = Line::new(None, &sample.events).unwrap();
        let verdict = explain(&line, &sample.observations);
        let found = check_project(&images, &sample.entries);
        assert_eq!(verdict.is_ok(), found.is_ok(), "{verdict:?} {found:?}");
        if found.is_ok() {
            explained += 1;
        } else {
            other += 1;
        }
    }
    assert!(
        explained > 300 && other > 300,
        "{explained} explained, {other} not"
    );
}

//! Creates the images before the clients run, and reads the state of each one afterwards.

use std::time::{Duration, Instant};

use super::client::Client;
use super::generator::KeySpace;
use super::load::Load;
use super::tally::Tally;
use crate::linearizability::{Content, Image, Operation, Outcome, State, Tags};

/// The number of a client that is none of the workload's.
const OBSERVER: usize = usize::MAX;

impl Load {
    /// Creates all of the images.
    pub(crate) async fn create(&self, process: &Client) -> Tally {
        let mut tally = Tally::default();
        for image in 0..self.images.len() {
            let create = Operation::Create(Tags::new(), [].into());
            assert!(
                self.send(
                    process,
                    OBSERVER,
                    image,
                    create,
                    KeySpace::OfClient(0),
                    &mut tally
                )
                .await
            );
        }
        tally
    }

    /// Reads the state of every image through one process. Retries while the process or its store
    /// recovers.
    pub(crate) async fn observe(&self, process: &Client) -> (Tally, Vec<State>) {
        let (mut tally, mut states) = (Tally::default(), Vec::new());
        for image in 0..self.images.len() {
            for operation in [Operation::Show, Operation::Members] {
                let start = Instant::now();
                while !self
                    .send(
                        process,
                        OBSERVER,
                        image,
                        operation.clone(),
                        KeySpace::OfClient(0),
                        &mut tally,
                    )
                    .await
                {
                    assert!(
                        start.elapsed() < Duration::from_mins(2),
                        "the service does not recover"
                    );
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
            states.push(observed_state(&tally));
        }
        (tally, states)
    }
}

/// The state of the image in the last two entries.
fn observed_state(tally: &Tally) -> State {
    let [.., show, members] = tally.entries.as_slice() else {
        return None;
    };
    let [Outcome::Answered(_, show), Outcome::Answered(_, members)] =
        [&show.record.outcome, &members.record.outcome]
    else {
        return None;
    };
    match (&show.content, &members.content) {
        (Content::Image(tags, properties), Content::Members(members)) => Some(Image {
            tags: tags.clone(),
            properties: properties.clone(),
            members: members.clone(),
        }),
        _ => None,
    }
}

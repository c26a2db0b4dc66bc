//! Before and after the clients: the images created, and each of them looked at.

use std::time::{Duration, Instant};

use crate::answer::Seen;
use crate::choose::Mode;
use crate::client::Client;
use crate::load::Load;
use crate::model::{Image, Operation, State, Tags};
use crate::record::End;
use crate::tally::Tally;

/// The client that is none of those at work.
const OBSERVER: usize = usize::MAX;

impl Load {
    /// Creates all of the images.
    pub(crate) async fn create(&self, process: &Client) -> Tally {
        let mut tally = Tally::default();
        for image in 0..self.images.len() {
            let create = Operation::Create(Tags::new(), [].into());
            assert!(
                self.send(process, OBSERVER, image, create, Mode::Own(0), &mut tally)
                    .await
            );
        }
        tally
    }

    /// Looks at all of the images through one process, which may take a moment to be of use again.
    pub(crate) async fn observe(&self, process: &Client) -> (Tally, Vec<State>) {
        let (mut tally, mut states) = (Tally::default(), Vec::new());
        for image in 0..self.images.len() {
            for operation in [Operation::Show, Operation::Members] {
                let begun = Instant::now();
                while !self
                    .send(
                        process,
                        OBSERVER,
                        image,
                        operation.clone(),
                        Mode::Own(0),
                        &mut tally,
                    )
                    .await
                {
                    assert!(
                        begun.elapsed() < Duration::from_mins(2),
                        "the service does not come back"
                    );
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
            states.push(seen(&tally));
        }
        (tally, states)
    }
}

/// The state of the image that the last two entries show.
fn seen(tally: &Tally) -> State {
    let [.., show, members] = tally.entries.as_slice() else {
        return None;
    };
    let [End::Answered(_, show), End::Answered(_, members)] =
        [&show.record.end, &members.record.end]
    else {
        return None;
    };
    match (&show.seen, &members.seen) {
        (Seen::Image(tags, properties), Seen::Members(members)) => Some(Image {
            tags: tags.clone(),
            properties: properties.clone(),
            members: members.clone(),
        }),
        _ => None,
    }
}

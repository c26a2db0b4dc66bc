//! Runs clients that work on the same images at once, and records what they observe.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fastrand::Rng;

use super::client::{Client, Reply};
use super::generator::{self, KeySpace};
use super::tally::Tally;
use crate::linearizability::{Answer, Content, MAX_TAGS, Operation, Outcome};

/// The images that the clients work on, and their common clock.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) images: Vec<String>,
    start: Instant,
    is_over: AtomicBool,
    /// Whether a client stops at the first request without an answer.
    stops_at_failure: bool,
}

impl Load {
    /// A load on so many `images` with random ids.
    pub(crate) fn new(rng: &mut Rng, images: usize, stops_at_failure: bool) -> Arc<Self> {
        let ids = (0..images)
            .map(|_| uuid::Builder::from_random_bytes(rng.u128(..).to_be_bytes()).into_uuid());
        let images = ids.map(|id| id.to_string()).collect();
        Arc::new(Self {
            images,
            start: Instant::now(),
            is_over: AtomicBool::new(false),
            stops_at_failure,
        })
    }

    /// Nanoseconds since the start.
    pub(crate) fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap()
    }

    /// Stops the clients, each after its current operation.
    pub(crate) fn stop(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Spawns clients that send each operation to one of the processes. The future returns what
    /// they have observed when all have stopped.
    pub(crate) fn run(
        self: &Arc<Self>,
        rng: &mut Rng,
        processes: &[Client],
        clients: usize,
        keys: &dyn Fn(usize) -> KeySpace,
    ) -> impl Future<Output = Tally> + use<> {
        self.is_over.store(false, Ordering::Relaxed);
        let start = |number| {
            let (load, processes) = (Arc::clone(self), processes.to_vec());
            let (rng, keys) = (rng.fork(), keys(number));
            tokio::spawn(async move { load.client(number, &processes, keys, rng).await })
        };
        let tasks: Vec<_> = (0..clients).map(start).collect();
        async {
            let mut all = Tally::default();
            for task in tasks {
                all.add(task.await.unwrap());
            }
            all
        }
    }

    async fn client(
        &self,
        number: usize,
        processes: &[Client],
        keys: KeySpace,
        mut rng: Rng,
    ) -> Tally {
        let mut tally = Tally::default();
        let mut has_failed = false;
        while !self.is_over.load(Ordering::Relaxed) {
            // Half of the operations are on a fifth of the images.
            let images = if rng.bool() {
                self.images.len().div_ceil(5)
            } else {
                self.images.len()
            };
            let (image, process) = (
                rng.usize(..images),
                &processes[rng.usize(..processes.len())],
            );
            // After a failure, the client only reads until it gets an answer.
            let operation = if has_failed {
                Operation::Show
            } else {
                generator::operation(&mut rng, keys)
            };
            has_failed = !self
                .send(process, number, image, operation, keys, &mut tally)
                .await;
            if has_failed && self.stops_at_failure {
                break;
            }
            if has_failed {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        tally
    }

    /// Sends one operation and records it. Returns whether there was an answer other than 503.
    pub(super) async fn send(
        &self,
        process: &Client,
        client: usize,
        image: usize,
        operation: Operation,
        keys: KeySpace,
        tally: &mut Tally,
    ) -> bool {
        let called_at = self.now();
        let reply = process.send(&self.images, image, &operation).await;
        let returned_at = self.now();
        match reply {
            Reply::Answer(answer) => {
                tally.count(answer.status);
                if let (KeySpace::Shared | KeySpace::Exclusive, Content::Image(tags, _)) =
                    (keys, &answer.content)
                    && tags.len() > MAX_TAGS
                {
                    tally.invalid.push(format!(
                        "more tags than the quota allows: {operation:?} {answer:?}"
                    ));
                }
                let outcome = Outcome::Answered(returned_at, answer);
                tally.push(image, client, operation, called_at, outcome);
            }
            Reply::List(listed) => {
                tally.count(200);
                let absent = Answer::empty(200);
                for (image, id) in self.images.iter().enumerate() {
                    let found = listed
                        .iter()
                        .find(|(listed, _)| listed == id)
                        .map(|(_, answer)| answer);
                    let answer = found.unwrap_or(&absent).clone();
                    let outcome = Outcome::Answered(returned_at, answer);
                    tally.push(image, client, operation.clone(), called_at, outcome);
                }
            }
            Reply::Unavailable => {
                tally.count(503);
                tally.push(image, client, operation, called_at, Outcome::Unknown);
                return false;
            }
            Reply::ConnectionLost => {
                tally.connections_lost += 1;
                tally.push(image, client, operation, called_at, Outcome::Unknown);
                return false;
            }
            Reply::NotSent => {
                tally.not_sent += 1;
                return false;
            }
            Reply::Invalid(answer) => tally.invalid.push(answer),
        }
        true
    }
}

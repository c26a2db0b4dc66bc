//! Clients that work on the same images at once, and what they saw.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fastrand::Rng;

use crate::answer::{Answer, Seen};
use crate::choose::{self, Mode};
use crate::client::{Client, Reply};
use crate::model::{MOST_TAGS, Operation};
use crate::record::End;
use crate::tally::Tally;

/// The images that the clients work on, and the clock that they share.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) images: Vec<String>,
    start: Instant,
    is_over: AtomicBool,
    /// Whether a client ends when it loses its connection.
    pub(crate) ends_when_cut: bool,
}

impl Load {
    pub(crate) fn new(rng: &mut Rng, images: usize, ends_when_cut: bool) -> Arc<Self> {
        let ids = (0..images)
            .map(|_| uuid::Builder::from_random_bytes(rng.u128(..).to_be_bytes()).into_uuid());
        let images = ids.map(|id| id.to_string()).collect();
        Arc::new(Self {
            images,
            start: Instant::now(),
            is_over: AtomicBool::new(false),
            ends_when_cut,
        })
    }

    pub(crate) fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap()
    }

    /// Ends the clients, each after its operation.
    pub(crate) fn finish(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// Starts clients that send each operation to one of the processes. What they have seen comes when they have ended.
    pub(crate) fn run(
        self: &Arc<Self>,
        rng: &mut Rng,
        processes: &[Client],
        clients: usize,
        mode: fn(usize) -> Mode,
    ) -> impl Future<Output = Tally> + use<> {
        self.is_over.store(false, Ordering::Relaxed);
        let start = |number| {
            let (load, processes, rng, mode) = (
                Arc::clone(self),
                processes.to_vec(),
                rng.fork(),
                mode(number),
            );
            tokio::spawn(async move { load.client(number, &processes, mode, rng).await })
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

    async fn client(&self, number: usize, processes: &[Client], mode: Mode, mut rng: Rng) -> Tally {
        let mut tally = Tally::default();
        let mut is_in_trouble = false;
        while !self.is_over.load(Ordering::Relaxed) {
            // Half of the work is on a fifth of the images.
            let few = if rng.bool() {
                self.images.len().div_ceil(5)
            } else {
                self.images.len()
            };
            let (image, process) = (rng.usize(..few), &processes[rng.usize(..processes.len())]);
            // Whoever does not know what came of a change first waits until there is somebody again.
            let operation = if is_in_trouble {
                Operation::Show
            } else {
                choose::operation(&mut rng, mode)
            };
            is_in_trouble = !self
                .send(process, number, image, operation, mode, &mut tally)
                .await;
            if is_in_trouble && self.ends_when_cut {
                break;
            }
            if is_in_trouble {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        tally
    }

    /// Sends one operation and records it. Answers whether there was an answer other than 503.
    pub(crate) async fn send(
        &self,
        process: &Client,
        client: usize,
        image: usize,
        operation: Operation,
        mode: Mode,
        tally: &mut Tally,
    ) -> bool {
        let called = self.now();
        let reply = process.send(&self.images[image], &operation).await;
        let end = self.now();
        match reply {
            Reply::Answer(answer) => {
                tally.count(answer.status);
                if let (Mode::Narrow, Seen::Image(tags, _)) = (mode, &answer.seen)
                    && tags.len() > MOST_TAGS
                {
                    tally.faults.push(format!(
                        "more tags than the quota allows: {operation:?} {answer:?}"
                    ));
                }
                tally.push(image, client, operation, called, End::Answered(end, answer));
            }
            Reply::List(listed) => {
                tally.count(200);
                let absent = Answer {
                    status: 200,
                    seen: Seen::Nothing,
                };
                for (image, id) in self.images.iter().enumerate() {
                    let found = listed
                        .iter()
                        .find(|(listed, _)| listed == id)
                        .map(|(_, answer)| answer);
                    let answer = found.unwrap_or(&absent).clone();
                    tally.push(
                        image,
                        client,
                        operation.clone(),
                        called,
                        End::Answered(end, answer),
                    );
                }
            }
            Reply::Unavailable => {
                tally.count(503);
                tally.push(image, client, operation, called, End::Open);
                return false;
            }
            Reply::Cut => {
                tally.cut += 1;
                tally.push(image, client, operation, called, End::Open);
                return false;
            }
            Reply::NotSent => {
                tally.not_sent += 1;
                return false;
            }
            Reply::Fault(fault) => tally.faults.push(fault),
        }
        true
    }
}

//! One race: processes on one store, the clients of one tag, and the verdict on what they have
//! seen.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fastrand::Rng;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::client::{TAG, WriteKind, carriers, history, receive};
use super::explanation::{explain, forget_what_was_lost};
use super::line::Line;
use super::load::{Duty, TagLoad, own_tag};
use super::observation::{Event, Observations};
use crate::fault_injection::FaultInjection;
use crate::program::Program;
use crate::races::started;
use crate::settings::seeded;
use crate::workload::Client;

/// How long the service may take until it answers again.
const MAX_RECOVERY: Duration = Duration::from_mins(2);

/// Processes on one store, and what the clients have seen since the last verdict.
pub(super) struct Race {
    name: String,
    pub(super) rng: Rng,
    pub(super) programs: Vec<Program>,
    pub(super) load: Arc<TagLoad>,
    pub(super) seen: Observations,
    /// The image that had the tag at the last verdict, and the last event of it.
    start: (Option<usize>, u64),
}

/// What a race was like.
#[derive(Debug, Default)]
pub(super) struct Figures {
    pub(super) writes: usize,
    pub(super) moves: usize,
    pub(super) reads: usize,
    pub(super) unanswered: usize,
}

impl Race {
    /// Starts a process for each store, and creates the images.
    pub(super) async fn start(name: &str, stores: &[&str], images: usize) -> Self {
        let rng = seeded(name);
        let programs = started(stores, false).await;
        Self {
            name: name.to_owned(),
            rng,
            load: TagLoad::create(&programs[0].client(), images).await,
            programs,
            seen: Observations::default(),
            start: (None, 0),
        }
    }

    /// A client of each process.
    pub(super) fn clients(&self) -> Vec<Client> {
        self.programs.iter().map(Program::client).collect()
    }

    /// Puts the tag on the first image.
    pub(super) async fn first_move(&mut self) {
        let client = self.programs[0].client();
        let (load, seen) = (Arc::clone(&self.load), &mut self.seen);
        load.put(&client, WriteKind::Put, 0, seen).await;
    }

    /// Spawns so many writers, and readers. The future returns what they have seen when they have
    /// been stopped.
    pub(super) fn spawn(&mut self, writers: usize) -> impl Future<Output = Observations> + use<> {
        let clients = self.clients();
        let readers = self.load.read(&clients);
        let writers = self
            .load
            .write(&mut self.rng, &clients, writers, Duty::UntilStopped);
        async {
            let mut seen = writers.await;
            seen.add(readers.await);
            seen
        }
    }

    /// Checks through each process that one image has the tag, that the history is a line of moves
    /// that ends there, and that the line explains what the clients have seen since the last
    /// verdict. After `faults` the database may have lost what nobody was told.
    pub(super) async fn judge(&mut self, faults: Option<FaultInjection>) -> Figures {
        let mut line = None;
        for index in 0..self.programs.len() {
            self.programs[index].ready().await;
            let (events, found) = self.state(&self.programs[index].client()).await;
            let read = Line::new(self.start.0, &events).unwrap_or_else(|error| self.fail(&error));
            if found.as_slice() != read.end().as_slice() {
                self.fail(&format!(
                    "images {found:?} have the tag, not {:?}",
                    read.end()
                ));
            }
            self.check_images(&self.programs[index].client(), &found)
                .await;
            let last = events.last().map_or(self.start.1, |event| event.id);
            let (known, _) = line.get_or_insert((read.clone(), last));
            if *known != read {
                self.fail("the processes have different histories");
            }
        }
        let (line, last) = line.unwrap();
        let mut seen = std::mem::take(&mut self.seen);
        let figures = Figures {
            writes: seen.writes.len(),
            moves: line.moves().len(),
            reads: seen.reads.len(),
            unanswered: seen.unanswered(),
        };
        if faults.is_some_and(FaultInjection::may_lose_what_was_seen) {
            forget_what_was_lost(&line, &mut seen);
        }
        if let Some(invalid) = seen.invalid.first() {
            self.fail(invalid);
        }
        if let Err(error) = explain(&line, &seen) {
            self.fail(&error);
        }
        self.start = (line.end(), last);
        figures
    }

    /// The new events and the images with the tag, both as they are at one instant. A database may
    /// still commit what a killed process has sent.
    async fn state(&mut self, client: &Client) -> (Vec<Event>, Vec<usize>) {
        let (start, images, after) = (Instant::now(), &self.load.images, self.start.1);
        while start.elapsed() < MAX_RECOVERY {
            let before = history(client, images, after).await;
            let carriers = carriers(client, images).await;
            let events = history(client, images, after).await;
            match (before, carriers, events) {
                (Ok(Some(before)), Ok(Some(carriers)), Ok(Some(events))) if before == events => {
                    return (events, carriers);
                }
                (Err(error), ..) | (_, Err(error), _) | (.., Err(error)) => self.fail(&error),
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
        self.fail("the service does not recover")
    }

    /// Checks that the images in `carriers`, and no others, show the tag, that all have the tag of
    /// their own, and that a look-up finds the carrier.
    async fn check_images(&self, client: &Client, carriers: &[usize]) {
        for (number, id) in self.load.images.iter().enumerate() {
            let shown = self.get(client, &format!("/v2/images/{id}")).await;
            let mut expected = vec![own_tag(number)];
            if carriers.contains(&number) {
                expected.push(TAG.to_owned());
            }
            if shown["tags"] != json!(expected) {
                self.fail(&format!("image {number}: {shown}"));
            }
        }
        if let [carrier] = carriers {
            let current = self.get(client, &format!("/v2/tags/{TAG}/image")).await;
            if current["id"] != *self.load.images[*carrier] {
                self.fail(&format!("not image {carrier}: {current}"));
            }
        }
    }

    async fn get(&self, client: &Client, path: &str) -> Value {
        let start = Instant::now();
        while start.elapsed() < MAX_RECOVERY {
            match receive(client.request(Method::GET, path), StatusCode::OK).await {
                Ok(Some(received)) => return received.body,
                Ok(None) => tokio::time::sleep(Duration::from_millis(50)).await,
                Err(error) => self.fail(&format!("{path}: {error}")),
            }
        }
        self.fail("the service does not recover")
    }

    pub(super) fn fail(&self, error: &str) -> ! {
        let logs: Vec<_> = self.programs.iter().map(Program::log).collect();
        panic!("{}: {error}\n{}", self.name, logs.join("\n\n"));
    }
}

impl Figures {
    pub(super) fn add(&mut self, other: &Self) {
        self.writes += other.writes;
        self.moves += other.moves;
        self.reads += other.reads;
        self.unanswered += other.unanswered;
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            writes,
            moves,
            reads,
            unanswered,
        } = self;
        write!(
            f,
            "{writes} writes, {moves} moves, {reads} lists, {unanswered} without an answer"
        )
    }
}

//! Clients that put one exclusive tag on images by every kind of request, and readers that list the
//! images with it without pause.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fastrand::Rng;
use reqwest::StatusCode;
use serde_json::json;

use super::client::{REQUEST_ID, WriteKind, carriers, number, receive};
use super::observation::{Acknowledgement, Observations, TagRead, TagWrite};
use crate::workload::Client;

/// The images of a load, and its clock.
#[derive(Debug)]
pub(super) struct TagLoad {
    /// The ids of the images.
    pub(super) images: Vec<String>,
    start: Instant,
    is_over: AtomicBool,
}

/// How long a client writes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Duty {
    /// One write of each kind, in any order.
    EachKindOnce,
    /// Until [`TagLoad::stop`].
    UntilStopped,
}

impl TagLoad {
    /// Creates so many images through a process, each with a tag of its own.
    pub(super) async fn create(client: &Client, images: usize) -> Arc<Self> {
        let images = (0..images).map(|_| uuid::Uuid::new_v4().to_string());
        let load = Self {
            images: images.collect(),
            start: Instant::now(),
            is_over: AtomicBool::new(false),
        };
        for (number, id) in load.images.iter().enumerate() {
            let image = json!({ "id": id, "tags": [own_tag(number)] });
            let request = client.request(reqwest::Method::POST, "/v2/images");
            let created = receive(request.json(&image), StatusCode::CREATED).await;
            assert!(matches!(created, Ok(Some(_))), "{created:?}");
        }
        Arc::new(load)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap()
    }

    /// Stops the readers, and the writers that write until then.
    pub(super) fn stop(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Spawns so many writers, each with a process of its own for each write. The future returns
    /// what they have seen when all have ended.
    pub(super) fn write(
        self: &Arc<Self>,
        rng: &mut Rng,
        processes: &[Client],
        writers: usize,
        duty: Duty,
    ) -> impl Future<Output = Observations> + use<> {
        let start = |_| {
            let (load, processes, rng) = (Arc::clone(self), processes.to_vec(), rng.fork());
            tokio::spawn(async move { load.writer(&processes, rng, duty).await })
        };
        let tasks: Vec<_> = (0..writers).map(start).collect();
        all_of(tasks)
    }

    /// Spawns two readers for each process.
    pub(super) fn read(
        self: &Arc<Self>,
        processes: &[Client],
    ) -> impl Future<Output = Observations> + use<> {
        self.is_over.store(false, Ordering::Relaxed);
        let start = |process: &Client| {
            let (load, process) = (Arc::clone(self), process.clone());
            tokio::spawn(async move { load.reader(&process).await })
        };
        let twice = processes.iter().chain(processes);
        let tasks: Vec<_> = twice.map(start).collect();
        all_of(tasks)
    }

    async fn writer(&self, processes: &[Client], mut rng: Rng, duty: Duty) -> Observations {
        let mut seen = Observations::default();
        let mut kinds = WriteKind::ALL;
        rng.shuffle(&mut kinds);
        for (count, kind) in kinds.into_iter().cycle().enumerate() {
            let is_over = match duty {
                Duty::EachKindOnce => count == kinds.len(),
                Duty::UntilStopped => self.is_over(),
            };
            if is_over {
                break;
            }
            let image = rng.usize(..self.images.len());
            let process = rng.choice(processes).unwrap();
            let unanswered = seen.unanswered();
            self.put(process, kind, image, &mut seen).await;
            if seen.unanswered() > unanswered {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        seen
    }

    /// Puts the tag on an image and records it.
    pub(super) async fn put(
        &self,
        process: &Client,
        kind: WriteKind,
        image: usize,
        seen: &mut Observations,
    ) {
        let request = match kind.request(process, &self.images[image]).await {
            Ok(Some(request)) => request,
            Ok(None) => {
                seen.unanswered_reads += 1;
                return;
            }
            Err(invalid) => {
                seen.invalid.push(invalid);
                return;
            }
        };
        let request_id = format!("req-{}", uuid::Uuid::new_v4());
        let called_at = self.now();
        let received = receive(request.header(REQUEST_ID, &request_id), kind.status()).await;
        let returned_at = self.now();
        let taken_from = match (kind, &received) {
            (WriteKind::Promote, Ok(Some(received))) => {
                let ids = received.body["taken_from"].as_array();
                let ids = ids.into_iter().flatten();
                ids.map(|id| number(id, &self.images))
                    .collect::<Result<_, _>>()
                    .map(Some)
            }
            _ => Ok(None),
        };
        match (received, taken_from) {
            (Err(invalid), _) | (_, Err(invalid)) => {
                seen.invalid.push(format!("{kind:?}: {invalid}"));
            }
            (Ok(received), Ok(taken_from)) => seen.writes.push(TagWrite {
                request_id,
                image,
                called_at,
                returned_at,
                acknowledged: received.map(|_| Acknowledgement { taken_from }),
            }),
        }
    }

    async fn reader(&self, process: &Client) -> Observations {
        let mut seen = Observations::default();
        while !self.is_over() {
            self.list(process, &mut seen).await;
        }
        seen
    }

    /// Lists the images with the tag and records it. Returns whether there was an answer.
    pub(super) async fn list(&self, process: &Client, seen: &mut Observations) -> bool {
        let called_at = self.now();
        let found = carriers(process, &self.images).await;
        let returned_at = self.now();
        match found {
            Ok(Some(carriers)) => seen.reads.push(TagRead {
                called_at,
                returned_at,
                carriers,
            }),
            Ok(None) => {
                seen.unanswered_reads += 1;
                tokio::time::sleep(Duration::from_millis(20)).await;
                return false;
            }
            Err(invalid) => seen.invalid.push(invalid),
        }
        true
    }
}

/// The tag of the image with this number, which no client touches.
pub(super) fn own_tag(number: usize) -> String {
    format!("build-{number}")
}

async fn all_of(tasks: Vec<tokio::task::JoinHandle<Observations>>) -> Observations {
    let mut all = Observations::default();
    for task in tasks {
        all.add(task.await.unwrap());
    }
    all
}

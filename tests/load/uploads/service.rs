//! The program, and what was sent to it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use fastrand::Rng;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::origin::Origin;
use crate::program::Program;

/// How many images are uploaded, how many imported, and how many downloaded, at the same time.
pub(super) const CLIENTS: usize = 8;

/// The longest data of an image, in bytes.
const MAX_BYTES: usize = 12 << 20;

/// Longer than the lease of an upload lives, and the time until it is noticed.
const RECOVERY_TIMEOUT: Duration = Duration::from_mins(2);

/// The token of an admin in the example configuration.
const ADMIN: &str = "d7f4a2e6c1b84903a5e0f3b79c6d2841";

/// The program and what was sent to it.
pub(super) struct Uploads {
    pub(super) program: Program,
    pub(super) http: Client,
    pub(super) origin: Origin,
    /// The images, with the seed and the length of the data that was sent to each.
    pub(super) sent: BTreeMap<String, (u64, usize)>,
}

/// What a round was told before the program was killed.
#[derive(Default)]
pub(super) struct Acknowledged {
    /// The images that have their data.
    pub(super) complete: Vec<String>,
    /// The images whose data is staged at least.
    pub(super) staged: Vec<String>,
    /// How many downloads were whole.
    pub(super) downloads: usize,
}

/// The images after a restart, by their status.
pub(super) struct Settled {
    pub(super) active: Vec<String>,
    pub(super) staged: Vec<String>,
}

/// Data that differs from image to image and from place to place.
pub(super) fn data(seed: u64, length: usize) -> Vec<u8> {
    let mut rng = Rng::with_seed(seed);
    let mut data = vec![0; length];
    rng.fill(&mut data);
    data
}

impl Uploads {
    fn url(&self, path: &str) -> String {
        format!("http://{}/v2/images{path}", self.program.address)
    }

    async fn create(&self) -> String {
        let body = json!({"disk_format": "raw", "container_format": "bare"});
        let request = self.http.post(self.url("")).json(&body);
        let response = request.header("X-Auth-Token", ADMIN).send().await.unwrap();
        let image: Value = response.json().await.unwrap();
        image["id"].as_str().unwrap().to_owned()
    }

    async fn get(&self, path: &str) -> Value {
        let request = self.http.get(self.url(path));
        let response = request.header("X-Auth-Token", ADMIN).send().await.unwrap();
        response.json().await.unwrap()
    }

    /// A new image with the data that is to be sent to it.
    async fn next(&mut self, rng: &mut Rng) -> (String, u64, usize) {
        // Some are complete when the process is killed, and some take several pieces.
        let longest = if rng.bool() { MAX_BYTES } else { 1 << 20 };
        let (id, seed, length) = (self.create().await, rng.u64(..), rng.usize(..longest));
        self.sent.insert(id.clone(), (seed, length));
        (id, seed, length)
    }

    fn put(&self, path: &str, seed: u64, length: usize) -> RequestBuilder {
        let request = self.http.put(self.url(path)).header("X-Auth-Token", ADMIN);
        let request = request.header("Content-Type", "application/octet-stream");
        request.body(data(seed, length))
    }

    /// Begins an upload to a new image, and sends all bytes but one. It is cut off with certainty.
    async fn begin(&mut self, rng: &mut Rng) -> TcpStream {
        let (id, seed, length) = self.next(rng).await;
        let head = format!(
            "PUT /v2/images/{id}/file HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: {ADMIN}\r\n\
             Content-Type: application/octet-stream\r\nContent-Length: {}\r\n\r\n",
            length + 1
        );
        let mut stream = TcpStream::connect(&self.program.address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&data(seed, length)).await.unwrap();
        stream
    }

    fn import(&self, id: &str, method: &Value) -> RequestBuilder {
        let request = self.http.post(self.url(&format!("/{id}/import")));
        let request = request.header("X-Auth-Token", ADMIN);
        request.json(&json!({ "method": method }))
    }

    /// Uploads to new images, imports others and downloads complete ones, until the program is
    /// killed. One upload has not ended by then.
    pub(super) async fn round(&mut self, rng: &mut Rng, complete: &[String]) -> Acknowledged {
        let (mut uploads, mut imports) = (Vec::new(), Vec::new());
        for number in 0..CLIENTS {
            let (id, seed, length) = self.next(rng).await;
            let request = self.put(&format!("/{id}/file"), seed, length);
            uploads.push((id, tokio::spawn(status(request))));

            let (id, seed, length) = self.next(rng).await;
            if number % 2 == 0 {
                let uri = self.origin.url(seed, length);
                let import = self.import(&id, &json!({"name": "web-download", "uri": uri}));
                tokio::spawn(status(import));
            } else {
                let stage = self.put(&format!("/{id}/stage"), seed, length);
                let import = self.import(&id, &json!({"name": "glance-direct"}));
                let both = async move {
                    match status(stage).await {
                        Some(StatusCode::NO_CONTENT) => Some(status(import).await),
                        Some(status) => panic!("staging: {status}"),
                        None => None,
                    }
                };
                imports.push((id, tokio::spawn(both)));
            }
        }
        let mut downloads = Vec::new();
        for _ in 0..CLIENTS.min(complete.len()) {
            let id = &complete[rng.usize(..complete.len())];
            let (seed, length) = self.sent[id];
            let request = self.http.get(self.url(&format!("/{id}/file")));
            let request = request.header("X-Auth-Token", ADMIN);
            downloads.push(tokio::spawn(is_whole(request, seed, length)));
        }
        let begun = self.begin(rng).await;
        tokio::time::sleep(Duration::from_millis(rng.u64(0..600))).await;
        self.program.kill();
        drop(begun);
        let mut acknowledged = Acknowledged::default();
        for (id, upload) in uploads {
            match upload.await.unwrap() {
                Some(StatusCode::NO_CONTENT) => acknowledged.complete.push(id),
                Some(status) => panic!("{id}: {status}\n{}", self.program.log()),
                None => {}
            }
        }
        for (id, import) in imports {
            match import.await.unwrap() {
                Some(Some(StatusCode::ACCEPTED)) => acknowledged.complete.push(id),
                Some(Some(status)) => panic!("{id}: {status}\n{}", self.program.log()),
                Some(None) => acknowledged.staged.push(id),
                None => {}
            }
        }
        for download in downloads {
            acknowledged.downloads += usize::from(download.await.unwrap());
        }
        acknowledged
    }

    /// Waits until no image waits for data.
    pub(super) async fn settled(&self) -> Settled {
        let start = Instant::now();
        while self.is_waiting().await {
            assert!(
                start.elapsed() < RECOVERY_TIMEOUT,
                "images wait for data\n{}",
                self.program.log()
            );
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        let (mut active, mut staged) = (Vec::new(), Vec::new());
        for (id, (_, length)) in &self.sent {
            let image = self.get(&format!("/{id}")).await;
            match image["status"].as_str().unwrap() {
                "active" => active.push(id.clone()),
                "uploading" => {
                    assert_eq!(image["size"], *length, "{id}");
                    staged.push(id.clone());
                }
                status => assert_eq!(status, "queued", "{id}"),
            }
        }
        Settled { active, staged }
    }

    /// Whether an image is `saving`, `importing`, or `uploading` without all of its data.
    async fn is_waiting(&self) -> bool {
        for status in ["saving", "importing", "uploading"] {
            let list = self.get(&format!("?status={status}&limit=1000")).await;
            let mut images = list["images"].as_array().unwrap().iter();
            if images.any(|image| status != "uploading" || image["size"].is_null()) {
                return true;
            }
        }
        false
    }

    /// Imports what was staged before the program was killed.
    pub(super) async fn import_staged(&self, images: &[String]) {
        for id in images {
            let import = self.import(id, &json!({"name": "glance-direct"}));
            assert_eq!(status(import).await, Some(StatusCode::ACCEPTED), "{id}");
        }
    }

    /// Downloads every one of `images` and compares its bytes with those that were sent.
    pub(super) async fn compare(&self, images: &[String]) {
        for id in images {
            let (seed, length) = self.sent[id];
            let request = self.http.get(self.url(&format!("/{id}/file")));
            let response = request.header("X-Auth-Token", ADMIN).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::OK, "{id}");
            let bytes = response.bytes().await.unwrap();
            assert!(bytes == data(seed, length), "{id} has other bytes");
        }
    }

    pub(super) async fn delete(&mut self, id: &str) {
        let request = self.http.delete(self.url(&format!("/{id}")));
        let response = request.header("X-Auth-Token", ADMIN).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        self.sent.remove(id);
    }
}

/// The status of the answer; `None` without one.
async fn status(request: RequestBuilder) -> Option<StatusCode> {
    request.send().await.ok().map(|response| response.status())
}

/// Whether all bytes come. Those that come have to be the right ones.
async fn is_whole(request: RequestBuilder, seed: u64, length: usize) -> bool {
    let Ok(response) = request.send().await else {
        return false;
    };
    assert_eq!(response.status(), StatusCode::OK);
    let Ok(bytes) = response.bytes().await else {
        return false;
    };
    assert!(bytes == data(seed, length), "a download with other bytes");
    true
}

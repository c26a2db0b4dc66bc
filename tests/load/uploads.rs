//! `make crash`: the program is killed while images are uploaded and downloaded. After the restart
//! every active image has the bytes that were sent, none waits for an upload for ever, and nothing
//! is left of what did not complete.
//!
//! `DATA_URL=s3://bucket` with `IMAGE_TAGS__DATA__ENDPOINT` and a key in the environment runs it on
//! S3.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fastrand::Rng;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::Program;
use crate::settings::{amount, seeded};

/// How many images are uploaded, and how many downloaded, at the same time.
const CLIENTS: usize = 8;

/// The longest data of an image, in bytes.
const MAX_BYTES: usize = 12 << 20;

/// Longer than the lease of an upload lives, and the time until it is noticed.
const RECOVERY_TIMEOUT: Duration = Duration::from_mins(2);

/// The token of an admin in the example configuration.
const ADMIN: &str = "d7f4a2e6c1b84903a5e0f3b79c6d2841";

/// The program and what was sent to it.
struct Uploads {
    program: Program,
    http: Client,
    /// The images, with the seed and the length of the data that was sent to each.
    sent: BTreeMap<String, (u64, usize)>,
}

/// Data that differs from image to image and from place to place.
fn data(seed: u64, length: usize) -> Vec<u8> {
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

    /// Uploads to new images and downloads complete ones, until the program is killed. Returns the
    /// images whose uploads were acknowledged, and how many downloads were whole.
    async fn round(&mut self, rng: &mut Rng, complete: &[String]) -> (Vec<String>, usize) {
        let mut uploads = Vec::new();
        for _ in 0..CLIENTS {
            // Some are complete when the process is killed, and some take several pieces.
            let longest = if rng.bool() { MAX_BYTES } else { 1 << 20 };
            let (id, seed, length) = (self.create().await, rng.u64(..), rng.usize(..longest));
            self.sent.insert(id.clone(), (seed, length));
            let request = self.http.put(self.url(&format!("/{id}/file")));
            let request = request
                .header("X-Auth-Token", ADMIN)
                .header("Content-Type", "application/octet-stream")
                .body(data(seed, length));
            uploads.push(tokio::spawn(async move {
                let response = request.send().await;
                let status = response.ok().map(|response| response.status());
                (id, status)
            }));
        }
        let mut downloads = Vec::new();
        for _ in 0..CLIENTS.min(complete.len()) {
            let id = &complete[rng.usize(..complete.len())];
            let (seed, length) = self.sent[id];
            let request = self.http.get(self.url(&format!("/{id}/file")));
            let request = request.header("X-Auth-Token", ADMIN);
            downloads.push(tokio::spawn(async move {
                let Ok(response) = request.send().await else {
                    return false;
                };
                assert_eq!(response.status(), StatusCode::OK);
                match response.bytes().await {
                    Ok(bytes) => {
                        assert!(bytes == data(seed, length), "a download with other bytes");
                        true
                    }
                    Err(_) => false,
                }
            }));
        }
        tokio::time::sleep(Duration::from_millis(rng.u64(0..1200))).await;
        self.program.kill();
        let mut acknowledged = Vec::new();
        for upload in uploads {
            match upload.await.unwrap() {
                (id, Some(StatusCode::NO_CONTENT)) => acknowledged.push(id),
                (_, None) => {}
                (id, Some(status)) => panic!("{id}: {status}\n{}", self.program.log()),
            }
        }
        let mut whole = 0;
        for download in downloads {
            whole += usize::from(download.await.unwrap());
        }
        (acknowledged, whole)
    }

    /// Waits until no image waits for an upload. Returns the active ones.
    async fn settled(&self) -> Vec<String> {
        let start = Instant::now();
        loop {
            let saving = self.get("?status=saving&limit=1000").await;
            if saving["images"].as_array().unwrap().is_empty() {
                break;
            }
            assert!(
                start.elapsed() < RECOVERY_TIMEOUT,
                "images stay saving\n{}",
                self.program.log()
            );
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        let mut active = Vec::new();
        for id in self.sent.keys() {
            let image = self.get(&format!("/{id}")).await;
            match image["status"].as_str().unwrap() {
                "active" => active.push(id.clone()),
                status => assert_eq!(status, "queued", "{id}"),
            }
        }
        active
    }

    /// Downloads every one of `images` and compares its bytes with those that were sent.
    async fn compare(&self, images: &[String]) {
        for id in images {
            let (seed, length) = self.sent[id];
            let request = self.http.get(self.url(&format!("/{id}/file")));
            let response = request.header("X-Auth-Token", ADMIN).send().await.unwrap();
            assert_eq!(response.status(), StatusCode::OK, "{id}");
            let bytes = response.bytes().await.unwrap();
            assert!(bytes == data(seed, length), "{id} has other bytes");
        }
    }

    async fn delete(&mut self, id: &str) {
        let request = self.http.delete(self.url(&format!("/{id}")));
        let response = request.header("X-Auth-Token", ADMIN).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        self.sent.remove(id);
    }
}

/// The files below `directory`, but for the clock.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if !path.ends_with("clock") {
            found.push(path);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: make crash"]
async fn what_a_killed_process_was_uploading_is_queued_again_and_what_it_acknowledged_is_there() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut rng = seeded("uploads");
    let (directory, start) = (TempDir::new().unwrap(), Instant::now());
    let root = directory.path().join("data");
    let given = std::env::var("DATA_URL").ok();
    let url = given
        .clone()
        .unwrap_or_else(|| format!("file://{}", root.display()));
    let store = format!("sqlite://{}/images.db", directory.path().display());
    let mut program = Program::with_data(&store, &url);
    program.ready().await;
    let mut uploads = Uploads {
        program,
        http: Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .build()
            .unwrap(),
        sent: BTreeMap::new(),
    };
    let rounds = amount(4, 30);
    let (mut complete, mut whole, mut cut) = (Vec::new(), 0, 0);
    for round in 1..=rounds {
        let before = uploads.sent.len();
        let (acknowledged, downloaded) = uploads.round(&mut rng, &complete).await;
        uploads.program.restart();
        uploads.program.ready().await;
        let active = uploads.settled().await;
        for id in complete.iter().chain(&acknowledged) {
            assert!(active.contains(id), "round {round}: {id} was acknowledged");
        }
        uploads.compare(&active).await;
        cut += uploads.sent.len() - before - (active.len() - complete.len());
        whole += downloaded;
        complete = active;
        // A few stay for the downloads of the next round.
        for id in complete.split_off(complete.len().min(CLIENTS)) {
            uploads.delete(&id).await;
        }
    }
    // Leases have to expire before the doctor takes files away.
    tokio::time::sleep(Duration::from_secs(16)).await;
    uploads.program.doctor_applies();
    if given.is_none() {
        let found = files(&root);
        assert_eq!(found.len(), complete.len(), "{found:?}");
        for id in &complete {
            assert!(found.iter().any(|file| file.starts_with(root.join(id))));
        }
    }
    uploads.compare(&complete).await;
    assert!(cut > 0, "no upload was cut off");
    println!(
        "uploads: {rounds} rounds in {} s: {cut} uploads cut off, {whole} downloads whole",
        start.elapsed().as_secs()
    );
}

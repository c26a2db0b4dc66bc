//! `make pressure`: whatever clients do, the process stays small, and somebody else is served meanwhile.
//!
//! Each case has a process of its own with the default configuration and SQLite, and looks at the most memory that the
//! process ever had (`VmHWM`).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::Connection as _;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::{JoinHandle, JoinSet};

use crate::program::Program;
use crate::settings::amount;

const TOKEN: &str = "0c3a50a694f44b748abd8e0660ecbd45";
const PATCH: &str = "application/openstack-images-v2.1-json-patch";

/// The most memory that the process may ever have had, in KiB.
const MOST_KIB: u64 = 320 << 10;

/// How long somebody who tags an image may wait meanwhile.
const MEANWHILE: Duration = Duration::from_secs(2);

/// A process under pressure, and somebody who tags an image meanwhile.
struct Pressed {
    program: Program,
    http: reqwest::Client,
    store: String,
    bystander: Option<Bystander>,
    _directory: TempDir,
}

/// Sets tags of an image, one after the other, until it is told to stop.
struct Bystander {
    task: JoinHandle<Vec<(StatusCode, Duration)>>,
    stop: Arc<AtomicBool>,
}

impl Bystander {
    fn start(http: reqwest::Client, tags: String) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let task = tokio::spawn(async move {
            let (mut answers, mut number) = (Vec::new(), 0);
            while !stopped.load(Ordering::Relaxed) {
                let since = Instant::now();
                let put = http
                    .put(format!("{tags}/{}", number % 100))
                    .header("X-Auth-Token", TOKEN);
                answers.push((put.send().await.unwrap().status(), since.elapsed()));
                number += 1;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            answers
        });
        Self { task, stop }
    }

    /// Stops, and tells what it was answered and how fast.
    async fn stop(self) -> Vec<(StatusCode, Duration)> {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.unwrap()
    }
}

impl Pressed {
    async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        rlimit::increase_nofile_limit(8192).unwrap();
        let directory = TempDir::new().unwrap();
        let store = format!("sqlite://{}/images.db", directory.path().display());
        let mut program = Program::start_as_it_is(&store);
        program.ready().await;
        let http = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .timeout(Duration::from_mins(2));
        Self {
            program,
            http: http.build().unwrap(),
            store,
            bystander: None,
            _directory: directory,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.program.address)
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, self.url(path))
            .header("X-Auth-Token", TOKEN)
    }

    async fn create(&self, image: &Value) -> String {
        let response = self
            .request(Method::POST, "/v2/images")
            .json(image)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::CREATED);
        response.json::<Value>().await.unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Sends one request so many times at once, and reads every answer to its end. Gives the statuses.
    async fn at_once(
        &self,
        count: u64,
        request: impl Fn(u64) -> reqwest::RequestBuilder,
    ) -> Vec<StatusCode> {
        let mut requests = JoinSet::new();
        for number in 0..count {
            let request = request(number);
            requests.spawn(async move {
                let response = request.send().await.unwrap();
                let status = response.status();
                assert!(!response.bytes().await.unwrap().is_empty());
                status
            });
        }
        requests.join_all().await
    }

    /// From now on somebody tags an image.
    async fn somebody_tags_meanwhile(&mut self) {
        let image = self.create(&json!({"name": "somebody else's"})).await;
        self.bystander = Some(Bystander::start(
            self.http.clone(),
            self.url(&format!("/v2/images/{image}/tags")),
        ));
    }

    /// Ends, and holds the process to what it may.
    async fn end(&mut self, name: &str) {
        if let Some(bystander) = self.bystander.take() {
            let answers = bystander.stop().await;
            let longest = answers.iter().map(|(_, time)| *time).max().unwrap();
            let done = answers
                .iter()
                .filter(|(status, _)| *status == StatusCode::NO_CONTENT)
                .count();
            println!(
                "pressure: {name}: meanwhile {done} of {} tags set, the slowest in {longest:?}",
                answers.len()
            );
            let is_expected = |status| {
                matches!(
                    status,
                    StatusCode::NO_CONTENT | StatusCode::SERVICE_UNAVAILABLE
                )
            };
            assert!(
                answers.iter().all(|(status, _)| is_expected(*status)),
                "{answers:?}"
            );
            assert!(longest <= MEANWHILE, "{longest:?}");
        }
        let peak = self.program.peak_kib();
        println!("pressure: {name}: at most {} MiB", peak >> 10);
        assert!(
            peak <= MOST_KIB,
            "{name}: {} MiB\n{}",
            peak >> 10,
            self.program.log()
        );
    }
}

/// Whether all are answered, if not with `wanted`, then with a 503; and some with `wanted`.
fn check(statuses: &[StatusCode], wanted: StatusCode) {
    let done = statuses.iter().filter(|status| **status == wanted).count();
    println!("pressure: {done} of {} were {wanted}", statuses.len());
    assert!(
        statuses
            .iter()
            .all(|status| [wanted, StatusCode::SERVICE_UNAVAILABLE].contains(status)),
        "{statuses:?}"
    );
    assert!(done > 0);
}

/// The largest image there can be with the default quotas: 128 properties, in text and in JSON as long as may be.
async fn largest_image(pressed: &Pressed) -> String {
    let value = "\"".repeat(30_000) + &"a".repeat(35_535);
    let id = pressed
        .create(&json!({"p0": value, "name": "the largest"}))
        .await;
    let copies: Vec<_> = (1..128)
        .map(|number| json!({"op": "copy", "from": "/p0", "path": format!("/p{number}")}))
        .collect();
    let patch = pressed
        .request(Method::PATCH, &format!("/v2/images/{id}"))
        .header("Content-Type", PATCH);
    let answer = patch
        .body(Value::from(copies).to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.bytes().await.unwrap().len() > 12_000_000);
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: make pressure"]
async fn many_readers_of_the_largest_image() {
    let mut pressed = Pressed::start().await;
    let id = largest_image(&pressed).await;
    pressed.somebody_tags_meanwhile().await;
    for _ in 0..amount(2, 10) {
        let read = |_| pressed.request(Method::GET, &format!("/v2/images/{id}"));
        check(&pressed.at_once(16, read).await, StatusCode::OK);
    }
    pressed.end("16 readers of the largest image").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: make pressure"]
async fn many_changes_of_the_largest_image() {
    let mut pressed = Pressed::start().await;
    let id = largest_image(&pressed).await;
    pressed.somebody_tags_meanwhile().await;
    let change = |number: u64| {
        let patch = pressed
            .request(Method::PATCH, &format!("/v2/images/{id}"))
            .header("Content-Type", PATCH);
        patch.body(json!([{"op": "add", "path": "/name", "value": number.to_string()}]).to_string())
    };
    check(&pressed.at_once(16, change).await, StatusCode::OK);
    pressed.end("16 changes of the largest image").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: make pressure"]
async fn many_lists_of_images_full_of_tags() {
    let mut pressed = Pressed::start().await;
    for image in 0..amount(60, 200) {
        let tags: Vec<_> = (0..128)
            .map(|tag| format!("{tag:03}{}", "\u{1f600}".repeat(252)))
            .collect();
        pressed
            .create(&json!({"name": image.to_string(), "tags": tags}))
            .await;
    }
    pressed.somebody_tags_meanwhile().await;
    for _ in 0..amount(1, 5) {
        let list = |_| pressed.request(Method::GET, "/v2/images?limit=1000");
        check(&pressed.at_once(24, list).await, StatusCode::OK);
    }
    pressed.end("24 lists of images full of tags").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: make pressure"]
async fn many_patches_behind_a_writer_that_is_stuck() {
    let mut pressed = Pressed::start().await;
    let id = pressed.create(&json!({"name": "patched"})).await;
    pressed.somebody_tags_meanwhile().await;
    sqlx::any::install_default_drivers();
    let mut stuck = sqlx::AnyConnection::connect(&pressed.store).await.unwrap();
    sqlx::raw_sql("BEGIN IMMEDIATE")
        .execute(&mut stuck)
        .await
        .unwrap();
    let junk = "0,".repeat(500_000);
    let patch = |number: u64| {
        let operation =
            format!(r#"{{"op": "add", "path": "/n{number}", "value": "x", "junk": [{junk}0]}}"#);
        let patch = pressed
            .request(Method::PATCH, &format!("/v2/images/{id}"))
            .header("Content-Type", PATCH);
        patch.body(format!("[{operation}]"))
    };
    let release = async {
        tokio::time::sleep(Duration::from_secs(amount(3, 6))).await;
        sqlx::raw_sql("ROLLBACK").execute(&mut stuck).await.unwrap();
    };
    let (statuses, ()) = tokio::join!(pressed.at_once(40, patch), release);
    check(&statuses, StatusCode::SERVICE_UNAVAILABLE);
    pressed
        .end("40 patches behind a writer that is stuck")
        .await;
}

/// Connections that send as much of `head` and `body` as they are told.
async fn connections(pressed: &Pressed, count: u64, bytes: &[u8]) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for _ in 0..count {
        let mut stream = TcpStream::connect(&pressed.program.address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        stream.write_all(bytes).await.unwrap();
        streams.push(stream);
    }
    streams
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: make pressure"]
async fn many_bodies_byte_by_byte() {
    let mut pressed = Pressed::start().await;
    pressed.somebody_tags_meanwhile().await;
    let head = format!(
        "POST /v2/images HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {TOKEN}\r\nContent-Length: 65536\r\n\r\n{{\"a\":\""
    );
    let mut streams = connections(&pressed, amount(250, 1000), head.as_bytes()).await;
    let (since, mut sent) = (Instant::now(), 6);
    // Some at once, and then as many single bytes as there is time for.
    for stream in &mut streams {
        stream.write_all(&vec![b'x'; 40_000]).await.unwrap();
    }
    sent += 40_000;
    while since.elapsed() < Duration::from_secs(amount(5, 25)) && sent < 65_000 {
        for stream in &mut streams {
            let _ = stream.write_all(b"x").await;
        }
        sent += 1;
    }
    println!("pressure: {sent} bytes of each body were sent");
    pressed.end("bodies byte by byte").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: make pressure"]
async fn many_answers_that_nobody_reads() {
    let mut pressed = Pressed::start().await;
    let id = largest_image(&pressed).await;
    for image in 0..60 {
        pressed.create(&json!({"name": image.to_string(), "p": "x".repeat(65_535), "q": "y".repeat(65_535)})).await;
    }
    pressed.somebody_tags_meanwhile().await;
    let get =
        |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: {TOKEN}\r\n\r\n");
    let count = amount(250, 1000) / 2;
    let images = connections(&pressed, count, get(&format!("/v2/images/{id}")).as_bytes()).await;
    let lists = connections(&pressed, count, get("/v2/images?limit=1000").as_bytes()).await;
    tokio::time::sleep(Duration::from_secs(amount(5, 20))).await;
    pressed.end("answers that nobody reads").await;
    drop((images, lists));
}

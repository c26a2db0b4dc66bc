//! A process under pressure, and the limits that it is held to.

use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinSet;

use super::background_client::BackgroundClient;
use crate::program::Program;

/// The example configuration's token of a member.
pub(super) const TOKEN: &str = "0c3a50a694f44b748abd8e0660ecbd45";

pub(super) const PATCH: &str = "application/openstack-images-v2.1-json-patch";

/// Upper bound on the peak resident memory of the process, in KiB.
const MAX_PEAK_KIB: u64 = 320 << 10;

/// Upper bound on the latency of the background client.
const MAX_LATENCY: Duration = Duration::from_secs(2);

/// A process over a new SQLite database.
pub(super) struct Target {
    pub(super) program: Program,
    /// The URL of the store.
    pub(super) store: String,
    http: reqwest::Client,
    background: Option<BackgroundClient>,
    _directory: TempDir,
}

impl Target {
    pub(super) async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        rlimit::increase_nofile_limit(8192).unwrap();
        let directory = TempDir::new().unwrap();
        let store = format!("sqlite://{}/images.db", directory.path().display());
        let mut program = Program::start_with_defaults(&store);
        program.ready().await;
        let http = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .timeout(Duration::from_mins(2));
        Self {
            program,
            store,
            http: http.build().unwrap(),
            background: None,
            _directory: directory,
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.program.address)
    }

    /// A request with the token of a member.
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, self.url(path))
            .header("X-Auth-Token", TOKEN)
    }

    /// Creates an image, and returns its id.
    pub(super) async fn create(&self, image: &Value) -> String {
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

    /// Sends `count` requests at once, and reads every answer to its end. Returns the statuses.
    pub(super) async fn send_concurrently(
        &self,
        count: u64,
        request: impl Fn(u64) -> RequestBuilder,
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

    /// Starts a client that sets tags of an image of its own.
    pub(super) async fn start_background_client(&mut self) {
        let image = self.create(&json!({"name": "background"})).await;
        let tags = self.url(&format!("/v2/images/{image}/tags"));
        self.background = Some(BackgroundClient::start(self.http.clone(), tags, TOKEN));
    }

    /// Stops the background client, and checks its answers, its latency and the peak memory of the
    /// process.
    pub(super) async fn finish(&mut self, name: &str) {
        if let Some(background) = self.background.take() {
            let answers = background.stop().await;
            let longest = answers.iter().map(|(_, time)| *time).max().unwrap();
            let done = answers
                .iter()
                .filter(|(status, _)| *status == StatusCode::NO_CONTENT)
                .count();
            println!(
                "pressure: {name}: {done} of {} tags set in the background, the slowest in {longest:?}",
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
            assert!(longest <= MAX_LATENCY, "{longest:?}");
        }
        let peak = self.program.peak_kib();
        println!("pressure: {name}: peak {} MiB", peak >> 10);
        assert!(
            peak <= MAX_PEAK_KIB,
            "{name}: {} MiB\n{}",
            peak >> 10,
            self.program.log()
        );
    }
}

/// Checks that every status is `wanted` or 503, and at least one is `wanted`.
pub(super) fn check(statuses: &[StatusCode], wanted: StatusCode) {
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

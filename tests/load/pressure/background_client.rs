//! A client that uses the service while a test puts it under pressure.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::StatusCode;
use tokio::task::JoinHandle;

/// Sets tags of an image, one at a time, until it is stopped.
pub(super) struct BackgroundClient {
    task: JoinHandle<Vec<(StatusCode, Duration)>>,
    stop: Arc<AtomicBool>,
}

impl BackgroundClient {
    /// Starts a client that sets tags below the URL `tags` with `token`.
    pub(super) fn start(http: reqwest::Client, tags: String, token: &'static str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let task = tokio::spawn(async move {
            let (mut answers, mut number) = (Vec::new(), 0);
            while !stopped.load(Ordering::Relaxed) {
                let start = Instant::now();
                let put = http
                    .put(format!("{tags}/{}", number % 100))
                    .header("X-Auth-Token", token);
                answers.push((put.send().await.unwrap().status(), start.elapsed()));
                number += 1;
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            answers
        });
        Self { task, stop }
    }

    /// Stops the client. Returns the status and latency of each answer.
    pub(super) async fn stop(self) -> Vec<(StatusCode, Duration)> {
        self.stop.store(true, Ordering::Relaxed);
        self.task.await.unwrap()
    }
}

//! Every route, with bodies of every kind.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::case::{Case, PAYLOADS};
use super::responses::WRONG;
use super::routes::routes;
use crate::support::{MEMBER, TestApp, TestServer};

/// The time between the head of a request and its body.
const BODY_DELAY: Duration = Duration::from_millis(50);

/// Between 40 KB and 400 KB, so that every route gets bodies below and above its limit.
const LIMIT: usize = 100_000;

/// Plays every route with every body, 100 at once, and returns the paths with their statuses.
async fn play_all(
    server: &TestServer,
    token: &'static str,
    delay: Duration,
) -> BTreeSet<(String, u16)> {
    let mut cases = JoinSet::new();
    let at_once = Arc::new(Semaphore::new(100));
    for (method, path) in routes() {
        for payload in PAYLOADS {
            let case = Case {
                method,
                path: path.clone(),
                token,
                payload,
                delay,
            };
            let (address, at_once) = (server.address.clone(), Arc::clone(&at_once));
            cases.spawn(async move {
                let _permit = at_once.acquire().await.unwrap();
                let status =
                    tokio::time::timeout(Duration::from_secs(100), case.play(&address)).await;
                (
                    case.path.clone(),
                    status.unwrap_or_else(|_| panic!("{case:?} takes too long")),
                )
            });
        }
    }
    cases.join_all().await.into_iter().collect()
}

fn app() -> TestApp {
    TestApp::with(|config| {
        config.limits.json_bytes = LIMIT;
        config.limits.upload_bytes = LIMIT as u64;
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_delivers_its_response_whatever_body_follows() {
    let server = app().listen().await;
    for delay in [Duration::ZERO, BODY_DELAY] {
        let statuses = play_all(&server, WRONG, delay).await;
        // The status without a valid token does not depend on the body.
        for (path, status) in statuses.iter().filter(|(path, _)| path.starts_with("/v2")) {
            assert!([200, 401].contains(status), "{path}: {status}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_delivers_its_response_to_a_member() {
    let server = app().listen().await;
    for delay in [Duration::ZERO, BODY_DELAY] {
        play_all(&server, MEMBER, delay).await;
    }
}

//! `/healthcheck`, held against what oslo.middleware 8.2 answers.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use image_tags::store::Memory;
use tokio::task::JoinSet;

use crate::support::stores::{Fault, Faulty};
use crate::support::{TestApp, config};

/// The service over a store that takes this long to answer, and the store.
fn slow(time: Duration) -> (Arc<TestApp>, Arc<Faulty>) {
    let store = Arc::new(Faulty::new(Fault::Slow(time), Memory::new()));
    (
        Arc::new(TestApp::over(Arc::clone(&store) as _, config())),
        store,
    )
}

#[tokio::test]
async fn the_answer_is_plain_text_and_json_if_that_is_preferred() {
    let app = TestApp::new();
    let [plain, json] = ["text/plain; charset=UTF-8", "application/json"];
    for (accept, content_type) in [
        (None, plain),
        (Some("*/*"), plain),
        (Some("application/json"), json),
        (Some("application/json, text/plain"), plain),
        (Some("application/json, text/plain;q=0.5"), json),
        (Some("application/*"), json),
        (Some("application/xml"), plain),
        (Some("nonsense"), plain),
        (Some("application/json;q=0"), plain),
    ] {
        let headers: Vec<_> = accept.iter().map(|accept| ("Accept", *accept)).collect();
        for method in [Method::GET, Method::POST] {
            let answer = app.anon().send(method, "/healthcheck", &headers).await;
            assert_eq!(
                (answer.status, answer.header("content-type")),
                (StatusCode::OK, Some(content_type)),
                "{accept:?}"
            );
            let json = "{\n    \"detailed\": false,\n    \"reasons\": [\n        \"OK\"\n    ]\n}";
            assert_eq!(answer.body, if content_type == plain { "OK" } else { json });
        }
        let head = app
            .anon()
            .send(Method::HEAD, "/healthcheck", &headers)
            .await;
        assert_eq!((head.status, &*head.body), (StatusCode::NO_CONTENT, ""));
    }
}

#[tokio::test]
async fn a_store_that_is_not_well_is_503_without_its_secrets() {
    for fault in [Fault::Unavailable, Fault::Internal, Fault::Panic] {
        let app = TestApp::faulty(fault, |_| {});
        for (method, accept) in [
            (Method::GET, "*/*"),
            (Method::GET, "application/json"),
            (Method::HEAD, "application/json"),
        ] {
            let answer = app
                .anon()
                .send(method.clone(), "/healthcheck", &[("Accept", accept)])
                .await;
            assert_eq!(
                (answer.status, answer.header("retry-after")),
                (StatusCode::SERVICE_UNAVAILABLE, Some("1"))
            );
            assert!(answer.header("x-openstack-request-id").is_some());
            assert!(!answer.body.contains("secret"), "{}", answer.body);
            if (method, accept) == (Method::GET, "application/json") {
                let reasons = serde_json::json!({"detailed": false, "reasons": ["The store is not available."]});
                assert_eq!(
                    (answer.header("content-type"), answer.json()),
                    (Some("application/json"), reasons)
                );
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_store_is_asked_once_for_all_and_no_more_than_once_a_second() {
    let (app, store) = slow(Duration::from_millis(300));
    let everybody = async || {
        let mut checks = JoinSet::new();
        for number in 0..50 {
            let app = Arc::clone(&app);
            checks.spawn(async move {
                // Whoever is the first goes away before there is an answer.
                let patience = Duration::from_millis(if number == 0 { 100 } else { 10_000 });
                let answer =
                    tokio::time::timeout(patience, async { app.anon().get("/healthcheck").await })
                        .await;
                answer.map(|answer| answer.status)
            });
        }
        let statuses = checks.join_all().await;
        statuses
            .into_iter()
            .flatten()
            .filter(|status| *status == StatusCode::OK)
            .count()
    };
    assert_eq!(
        (everybody().await, store.pings.load(Ordering::SeqCst)),
        (49, 1)
    );
    tokio::time::advance(Duration::from_millis(900)).await;
    assert_eq!(
        (everybody().await, store.pings.load(Ordering::SeqCst)),
        (50, 1)
    );
    tokio::time::advance(Duration::from_millis(200)).await;
    assert_eq!(
        (everybody().await, store.pings.load(Ordering::SeqCst)),
        (49, 2)
    );
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_answer_is_503_after_two_seconds() {
    let (app, store) = slow(Duration::from_secs(30));
    let since = tokio::time::Instant::now();
    assert_eq!(
        app.anon().get("/healthcheck").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert!((2..3).contains(&since.elapsed().as_secs()));
    assert_eq!(
        app.anon().get("/healthcheck").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(store.pings.load(Ordering::SeqCst), 1);
}

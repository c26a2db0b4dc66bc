//! `/healthcheck`, as oslo.middleware 8.2 answers it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use image_tags::store::Memory;
use insta::{allow_duplicates, assert_snapshot};
use tokio::task::JoinSet;

use crate::support::stores::{Fault, Faulty};
use crate::support::{TestApp, config};

/// The service over a store that delays its operations by `time`, and the store.
fn slow(time: Duration) -> (Arc<TestApp>, Arc<Faulty>) {
    let store = Arc::new(Faulty::new(Fault::Slow(time), Memory::new()));
    (
        Arc::new(TestApp::with_store(Arc::clone(&store) as _, config())),
        store,
    )
}

#[tokio::test]
async fn the_response_is_plain_text_or_json_if_the_client_prefers_it() {
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
            let response = app.anon().send(method, "/healthcheck", &headers).await;
            assert_eq!(
                (response.status, response.header("content-type")),
                (StatusCode::OK, Some(content_type)),
                "{accept:?}"
            );
            let json = "{\n    \"detailed\": false,\n    \"reasons\": [\n        \"OK\"\n    ]\n}";
            assert_eq!(
                response.body,
                if content_type == plain { "OK" } else { json }
            );
        }
        let head = app
            .anon()
            .send(Method::HEAD, "/healthcheck", &headers)
            .await;
        assert_eq!((head.status, &*head.body), (StatusCode::NO_CONTENT, ""));
    }
}

#[tokio::test]
async fn a_store_that_fails_its_check_is_503_without_its_secrets() {
    for fault in [Fault::Unavailable, Fault::Internal, Fault::Panic] {
        let app = TestApp::faulty(fault, |_| {});
        let check = async |method: Method, accept: &str| {
            let headers = [("Accept", accept)];
            let response = app.anon().send(method, "/healthcheck", &headers).await;
            assert!(response.header("x-openstack-request-id").is_some());
            response.to_text()
        };
        let plain = check(Method::GET, "*/*").await;
        let json = check(Method::GET, "application/json").await;
        let head = check(Method::HEAD, "application/json").await;
        allow_duplicates! {
            assert_snapshot!(plain, @"
            503 Service Unavailable
            content-type: text/html; charset=UTF-8
            retry-after: 1

            <html>
             <head>
              <title>503 Service Unavailable</title>
             </head>
             <body>
              <h1>503 Service Unavailable</h1>
              The server is currently unavailable. Please try again at a later time.<br /><br />



             </body>
            </html>
            ");
            assert_snapshot!(json, @r#"
            503 Service Unavailable
            content-type: application/json
            retry-after: 1

            {
                "detailed": false,
                "reasons": [
                    "The store is not available."
                ]
            }
            "#);
            assert_snapshot!(head, @"
            503 Service Unavailable
            content-length: 0
            content-type: text/html; charset=UTF-8
            retry-after: 1
            ");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn concurrent_checks_share_one_ping_and_its_result_lasts_a_second() {
    let (app, store) = slow(Duration::from_millis(300));
    let check_50_times = async || {
        let mut checks = JoinSet::new();
        for number in 0..50 {
            let app = Arc::clone(&app);
            checks.spawn(async move {
                // The first client disconnects before there is a response.
                let timeout = Duration::from_millis(if number == 0 { 100 } else { 10_000 });
                let response =
                    tokio::time::timeout(timeout, async { app.anon().get("/healthcheck").await })
                        .await;
                response.map(|response| response.status)
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
        (check_50_times().await, store.pings.load(Ordering::SeqCst)),
        (49, 1)
    );
    tokio::time::advance(Duration::from_millis(900)).await;
    assert_eq!(
        (check_50_times().await, store.pings.load(Ordering::SeqCst)),
        (50, 1)
    );
    tokio::time::advance(Duration::from_millis(200)).await;
    assert_eq!(
        (check_50_times().await, store.pings.load(Ordering::SeqCst)),
        (49, 2)
    );
}

#[tokio::test(start_paused = true)]
async fn a_store_that_does_not_respond_is_503_after_two_seconds() {
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

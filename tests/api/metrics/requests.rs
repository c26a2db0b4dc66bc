//! Requests by method, route and status.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::Method;

use super::scrape::{Scrape, with_metrics};
use crate::support::raw::Raw;
use crate::support::stores::Fault;
use crate::support::{DEBIAN, MEMBER, TestApp};

const TAG: &str = "/v2/images/{image_id}/tags/{tag}";

#[tokio::test]
async fn requests_are_counted_by_method_route_and_status() {
    let app = TestApp::with(with_metrics);
    let member = app.member();
    member.put_tag(DEBIAN, "a").await;
    member.put_tag(DEBIAN, "b").await;
    member.delete_tag(DEBIAN, "c").await;
    app.anon().put_tag(DEBIAN, "a").await;
    member
        .get(&format!("//v2.3/images/{DEBIAN}/tags/history"))
        .await;
    member.get("/images/x/y/z").await;
    let others = ["/", "/unknown", "/versions", "/healthcheck", "/identity/v3"];
    for path in others {
        app.anon().get(path).await;
    }
    member.send(Method::TRACE, "/v2/images", &[]).await;
    let scrape = Scrape::of(&app);
    for (method, route, status, count) in [
        ("PUT", TAG, 204, 2.0),
        ("DELETE", TAG, 404, 1.0),
        ("PUT", TAG, 401, 1.0),
        ("GET", "/v2/images/{image_id}/tags/history", 200, 1.0),
        ("GET", "other", 404, 1.0),
        ("GET", "/", 300, 2.0),
        ("GET", "/versions", 200, 1.0),
        ("GET", "/healthcheck", 200, 1.0),
        ("GET", "/identity", 200, 1.0),
        ("other", "/v2/images", 405, 1.0),
    ] {
        let found = scrape.requests(method, route, status);
        assert!(
            (found - count).abs() < 0.1,
            "{method} {route} {status}: {scrape:#?}"
        );
    }
    let labels = format!("{{method=\"PUT\",route=\"{TAG}\"}}");
    scrape.assert(&[
        (&format!("http_request_duration_seconds_count{labels}"), 3.0),
        ("http_requests_in_flight", 0.0),
    ]);
    assert!(scrape.value(&format!("http_request_duration_seconds_sum{labels}")) > 0.0);
}

#[tokio::test]
async fn an_injected_answer_counts_for_the_route_of_its_request() {
    let app = TestApp::with(|config| {
        with_metrics(config);
        config.auth.development = true;
    });
    let fault = "{\"status\": 503, \"method\": \"PUT\"}";
    let admin = app.admin();
    admin
        .send_body(Method::POST, "/development/faults", &[], fault)
        .await;
    app.member().put_tag(DEBIAN, "a").await;
    let found = Scrape::of(&app).requests("PUT", TAG, 503);
    assert!((found - 1.0).abs() < 0.1, "{found}");
}

#[tokio::test]
async fn the_status_that_counts_is_the_one_that_the_client_gets() {
    for (fault, status) in [
        (Fault::Panic, 500),
        (Fault::Internal, 500),
        (Fault::Unavailable, 503),
    ] {
        let app = TestApp::faulty(fault, with_metrics);
        let answered = app.member().put_tag(DEBIAN, "a").await;
        assert_eq!(answered.status, status);
        let scrape = Scrape::of(&app);
        assert!(
            (scrape.requests("PUT", TAG, status) - 1.0).abs() < 0.1,
            "{scrape:#?}"
        );
        scrape.assert(&[("http_requests_in_flight", 0.0)]);
    }
}

#[tokio::test]
async fn a_request_whose_client_has_gone_counts_as_499() {
    let slow = Fault::Slow(Duration::from_hours(1));
    let server = TestApp::faulty(slow, with_metrics).listen().await;
    let mut client = Raw::connect(&server.address).await;
    let request = format!("GET /v2/images/{DEBIAN} HTTP/1.1\r\nX-Auth-Token: {MEMBER}\r\n\r\n");
    client.send(request).await;
    let wait_for = async |series: &str| {
        let started = Instant::now();
        while Scrape::of(&server.app).value(series) < 0.5 {
            assert!(started.elapsed() < Duration::from_mins(1), "no {series}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    wait_for("http_requests_in_flight").await;
    drop(client);
    let route = "/v2/images/{image_id}";
    let labels = format!("method=\"GET\",route=\"{route}\",status=\"499\"");
    wait_for(&format!("http_requests_total{{{labels}}}")).await;
    Scrape::of(&server.app).assert(&[("http_requests_in_flight", 0.0)]);
}

#[tokio::test]
async fn a_request_that_the_shutdown_drops_counts_as_503() {
    let slow = Fault::Slow(Duration::from_hours(1));
    let server = TestApp::faulty(slow, |config| {
        with_metrics(config);
        config.server.shutdown_timeout = Duration::from_millis(200);
    });
    let mut server = server.listen().await;
    let metrics = Arc::clone(server.app.api.metrics().unwrap());
    let mut client = Raw::connect(&server.address).await;
    let request = format!("GET /v2/images/{DEBIAN} HTTP/1.1\r\nX-Auth-Token: {MEMBER}\r\n\r\n");
    client.send(request).await;
    let started = Instant::now();
    while Scrape::of_metrics(&metrics).value("http_requests_in_flight") < 0.5 {
        assert!(started.elapsed() < Duration::from_mins(1));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    server.stop();
    server.stopped().await;
    let scrape = Scrape::of_metrics(&metrics);
    let route = "/v2/images/{image_id}";
    assert!((scrape.requests("GET", route, 503) - 1.0).abs() < 0.1);
    assert!(scrape.requests("GET", route, 499) < 0.5);
}

#[tokio::test]
async fn without_a_listener_nothing_is_measured() {
    let app = TestApp::new();
    app.member().put_tag(DEBIAN, "a").await;
    assert!(app.api.metrics().is_none());
}

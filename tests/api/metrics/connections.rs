//! Connections, and what those past the limit get.

use super::scrape::{Scrape, with_metrics};
use crate::support::raw::Raw;
use crate::support::{DEBIAN, MEMBER, TestApp};

#[tokio::test]
async fn requests_that_are_not_understood_are_counted_with_their_connections() {
    let server = TestApp::with(with_metrics).listen().await;
    let long = "x".repeat(server.app.config.limits.head_bytes);
    for (request, status) in [
        ("no HTTP\r\n\r\n".to_owned(), 400),
        (format!("GET / HTTP/1.1\r\nX: {long}\r\n\r\n"), 431),
    ] {
        let mut client = Raw::connect(&server.address).await;
        client.send(request).await;
        assert_eq!(client.response().await.unwrap().status, status);
        assert!(client.is_closed().await);
    }
    Scrape::of(&server.app).assert(&[
        ("connections_failed_total{reason=\"malformed\"}", 1.0),
        ("connections_failed_total{reason=\"too_large\"}", 1.0),
    ]);
}

#[tokio::test]
async fn connections_are_counted_and_the_503_of_the_limit_is_a_request_of_its_route() {
    let server = TestApp::with(|config| {
        with_metrics(config);
        config.limits.connections = 1;
    });
    let server = server.listen().await;
    let request = |tag| {
        format!("PUT /v2/images/{DEBIAN}/tags/{tag} HTTP/1.1\r\nX-Auth-Token: {MEMBER}\r\n\r\n")
    };
    let mut first = Raw::connect(&server.address).await;
    first.send(request("x")).await;
    assert_eq!(first.response().await.unwrap().status, 204);
    let mut second = Raw::connect(&server.address).await;
    second.send(request("y")).await;
    assert_eq!(second.response().await.unwrap().status, 503);
    assert!(second.is_closed().await);
    let mut others = Vec::new();
    for _ in 0..64 {
        others.push(Raw::connect(&server.address).await);
    }
    let mut last = Raw::connect(&server.address).await;
    assert!(last.is_closed().await);
    let scrape = Scrape::of(&server.app);
    scrape.assert(&[
        ("connections_open", 1.0),
        ("connections_limit", 1.0),
        ("connections_accepted_total", 1.0),
    ]);
    let refused = |outcome| {
        scrape.value(&format!(
            "connections_refused_total{{outcome=\"{outcome}\"}}"
        ))
    };
    assert!(
        refused("answered") >= 64.0 && refused("closed") >= 1.0,
        "{scrape:#?}"
    );
    let tag = "/v2/images/{image_id}/tags/{tag}";
    assert!((scrape.requests("PUT", tag, 503) - 1.0).abs() < 0.1);
}

//! Time-outs and limits of connections.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;

use crate::support::log::Log;
use crate::support::raw::{Raw, head, request};
use crate::support::{DEBIAN, TestApp};

const TIMEOUT: Duration = Duration::from_millis(200);

#[tokio::test]
async fn a_connection_without_a_complete_head_in_time_is_closed() {
    let server = TestApp::with(|config| config.server.idle_timeout = TIMEOUT)
        .listen()
        .await;
    for beginning in ["", "GET / HTTP/1.1\r\nHost:"] {
        let mut client = Raw::connect(&server.address).await;
        client.send(beginning).await;
        assert!(client.is_closed().await);
    }
    let mut idle = Raw::connect(&server.address).await;
    idle.send(request("PUT", "x")).await;
    assert_eq!(idle.response().await.unwrap().status, 204);
    assert!(idle.is_closed().await);
}

#[tokio::test]
async fn an_unfinished_body_is_408_and_closes_the_connection() {
    let server = TestApp::with(|config| config.server.body_timeout = TIMEOUT)
        .listen()
        .await;
    for headers in [
        "Content-Length: 10\r\n\r\nabc",
        "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
    ] {
        let mut client = Raw::connect(&server.address).await;
        client.send(head("PUT", "x") + headers).await;
        let response = client.response().await.unwrap();
        assert_eq!(
            (response.status, response.header("Connection")),
            (408, Some("close"))
        );
        assert!(client.is_closed().await);
    }
    assert_eq!(server.app.member().tags(DEBIAN).await, [""; 0]);
}

#[tokio::test]
async fn a_head_with_too_many_or_too_large_headers_is_431() {
    let server = TestApp::new().listen().await;
    let many = "X-One: x\r\n".repeat(101);
    let large = format!("X-Large: {}\r\n", "x".repeat(200_000));
    let slightly_too_large = format!("X-Large: {}\r\n", "x".repeat((64 << 10) + (8 << 10)));
    for headers in [many, large, slightly_too_large] {
        let mut client = Raw::connect(&server.address).await;
        let response = client
            .exchange(head("PUT", "x") + &headers + "\r\n", false, false)
            .await;
        assert_eq!(response.unwrap().status, 431);
    }
    let mut client = Raw::connect(&server.address).await;
    client
        .send(head("PUT", "x") + &format!("X-Large: {}\r\n\r\n", "x".repeat(60_000)))
        .await;
    assert_eq!(client.response().await.unwrap().status, 204);
}

#[tokio::test]
async fn a_connection_over_the_limit_gets_a_503_until_another_one_closes() {
    let server = TestApp::with(|config| config.limits.connections = 1)
        .listen()
        .await;
    let mut first = Raw::connect(&server.address).await;
    first.send(request("PUT", "x")).await;
    assert_eq!(first.response().await.unwrap().status, 204);

    let mut second = Raw::connect(&server.address).await;
    second.send(request("PUT", "y")).await;
    let response = second.response().await.unwrap();
    assert_eq!(
        (response.status, response.header("Retry-After")),
        (503, Some("1"))
    );
    assert!(response.header("X-Openstack-Request-Id").is_some());
    assert!(second.is_closed().await);

    drop(first);
    for _ in 0..100 {
        let mut third = Raw::connect(&server.address).await;
        third.send(request("PUT", "z")).await;
        if third.response().await.unwrap().status == 204 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the closed connection was not released");
}

#[tokio::test]
async fn a_connection_over_the_limit_is_logged_and_seen_by_pages_as_any_other() {
    let server = TestApp::with(|config| {
        config.limits.connections = 1;
        config.server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
        config.cors.allowed_origins = vec!["https://horizon.example.com".to_owned()];
    })
    .listen()
    .await;
    let log = Log::start();
    let _first = Raw::connect(&server.address).await;
    let mut second = Raw::connect(&server.address).await;
    let headers = "X-Forwarded-For: 192.0.2.1\r\nOrigin: https://horizon.example.com\r\n\r\n";
    second.send(head("PUT", "y") + headers).await;
    let response = second.response().await.unwrap();
    assert_eq!(
        (
            response.status,
            response.header("Access-Control-Allow-Origin")
        ),
        (503, Some("https://horizon.example.com"))
    );
    assert_eq!(log.requests()[0]["client"], "192.0.2.1");
}

#[tokio::test]
async fn connections_far_over_the_limit_are_closed_without_a_response() {
    let server = TestApp::with(|config| config.limits.connections = 1)
        .listen()
        .await;
    let mut clients = Vec::new();
    for _ in 0..=64 {
        clients.push(Raw::connect(&server.address).await);
    }
    let mut last = Raw::connect(&server.address).await;
    assert!(last.is_closed().await);
}

/// The future is copied when a request starts. Whoever adds a step that few requests take, boxes
/// its future.
#[test]
fn the_future_of_a_request_is_small() {
    let app = TestApp::new();
    let request = Request::new(Body::empty());
    let size = size_of_val(&app.api.answer(request));
    assert!(size <= 5120, "{size} bytes");
}

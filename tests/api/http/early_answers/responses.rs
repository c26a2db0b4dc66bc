//! Single responses that come before the body.

use std::time::Duration;

use crate::support::raw::Raw;
use crate::support::{DEBIAN, MEMBER, TestApp};

pub const WRONG: &str = "0123456789abcdef0123456789abcdef";

/// The delay of a client between the head of its request and the body.
const BODY_DELAY: Duration = Duration::from_millis(50);

/// The head of a request without a valid token.
fn stranger(length: usize) -> String {
    format!(
        "POST /v2/images HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: {WRONG}\r\nContent-Length: {length}\r\n\r\n"
    )
}

#[tokio::test]
async fn a_401_follows_a_small_body_and_keeps_the_connection_open() {
    let server = TestApp::new().listen().await;
    let mut client = Raw::connect(&server.address).await;
    for _ in 0..3 {
        client.send_whole(stranger(9)).await;
        tokio::time::sleep(BODY_DELAY).await;
        client.send_whole("123456789").await;
        let response = client.response().await.unwrap();
        assert_eq!(
            (response.status, response.header("Connection")),
            (401, None)
        );
    }
}

#[tokio::test]
async fn a_response_does_not_wait_long_for_a_missing_body() {
    let server = TestApp::new().listen().await;
    let mut client = Raw::connect(&server.address).await;
    client.send_whole(stranger(9)).await;
    let response = client.response().await.unwrap();
    assert_eq!(
        (response.status, response.header("Connection")),
        (401, Some("close"))
    );
    // A late body does not reset the connection.
    client.send_whole("123456789").await;
    assert!(client.ends().await);
}

#[tokio::test]
async fn a_malformed_chunk_is_400_with_connection_close() {
    let server = TestApp::new().listen().await;
    let mut client = Raw::connect(&server.address).await;
    let head = format!("PUT /v2/images/{DEBIAN}/tags/x HTTP/1.1\r\nX-Auth-Token: {MEMBER}\r\n");
    client
        .send_whole(head + "Transfer-Encoding: chunked\r\n\r\nnonsense\r\n")
        .await;
    let response = client.response().await.unwrap();
    assert_eq!(
        (response.status, response.header("Connection")),
        (400, Some("close"))
    );
    assert!(client.ends().await);
}

#[tokio::test]
async fn a_body_after_a_malformed_head_does_not_destroy_the_response() {
    let server = TestApp::new().listen().await;
    let large = format!("GET / HTTP/1.1\r\nX-Large: {}\r\n\r\n", "x".repeat(400_000));
    for (head, status) in [(&*large, 431), ("GET\r\n\r\n", 400)] {
        let mut client = Raw::connect(&server.address).await;
        client.send_whole(head).await;
        tokio::time::sleep(BODY_DELAY).await;
        client.send_whole(vec![b'x'; 400_000]).await;
        assert_eq!(client.response().await.unwrap().status, status);
        assert!(client.ends().await);
    }
}

#[tokio::test]
async fn an_ignored_upgrade_does_not_destroy_the_response() {
    let server = TestApp::new().listen().await;
    let mut client = Raw::connect(&server.address).await;
    let length = 10_000_000;
    let head = stranger(length);
    client
        .send_whole(head.trim_end().to_owned() + "\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
        .await;
    tokio::time::sleep(BODY_DELAY).await;
    client.send_whole(vec![b'x'; length]).await;
    let response = client.response().await.unwrap();
    assert_eq!(
        (response.status, response.header("Connection")),
        (401, Some("close"))
    );
    assert!(client.ends().await);
}

#[tokio::test]
async fn a_connection_over_the_limit_gets_its_503_while_it_sends_a_body() {
    let server = TestApp::with(|config| config.limits.connections = 1)
        .listen()
        .await;
    let mut first = Raw::connect(&server.address).await;
    first.send("GET /versions HTTP/1.1\r\n\r\n").await;
    assert_eq!(first.response().await.unwrap().status, 200);
    for length in [9, 400_000] {
        let mut second = Raw::connect(&server.address).await;
        second.send_whole(stranger(length)).await;
        tokio::time::sleep(BODY_DELAY).await;
        second.send_whole(vec![b'x'; length]).await;
        let response = second.response().await.unwrap();
        assert_eq!(
            (response.status, response.header("Connection")),
            (503, Some("close"))
        );
        assert!(second.ends().await);
    }
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_an_endless_body() {
    let mut server = TestApp::with(|config| config.server.shutdown_timeout = Duration::from_millis(200))
        .listen()
        .await;
    let mut client = Raw::connect(&server.address).await;
    client.send_whole(stranger(10_000_000)).await;
    assert_eq!(client.response().await.unwrap().status, 401);
    server.stop();
    server.stopped().await;
}

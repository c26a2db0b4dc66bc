//! Connections: persistence, malformed HTTP, `Expect: 100-continue`, clients that disconnect.

use std::time::{Duration, Instant};

use crate::support::raw::{Raw, head, request};
use crate::support::stores::Fault;
use crate::support::{DEBIAN, MEMBER, TestApp};

const DELAY: Duration = Duration::from_millis(200);

#[tokio::test]
async fn one_connection_carries_many_requests_with_title_case_headers() {
    let server = TestApp::new().listen().await;
    let mut client = Raw::connect(&server.address).await;
    for method in ["PUT", "PUT", "DELETE"] {
        client.send(request(method, "x")).await;
        let response = client.response().await.unwrap();
        assert_eq!((response.status, &*response.reason), (204, "No Content"));
        let names: Vec<_> = response
            .headers
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, ["Content-Type", "X-Openstack-Request-Id", "Date"]);
    }
}

#[tokio::test]
async fn malformed_http_is_400_and_affects_no_other_connection() {
    let server = TestApp::new().listen().await;
    for bytes in [
        "\u{16}\u{3}\u{1}\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "PUT /v2/a b HTTP/1.1\r\n\r\n",
    ] {
        let mut client = Raw::connect(&server.address).await;
        client.send(bytes).await;
        assert_eq!(client.response().await.unwrap().status, 400);
        assert!(client.is_closed().await);
    }
    let mut client = Raw::connect(&server.address).await;
    client.send(request("PUT", "x")).await;
    assert_eq!(client.response().await.unwrap().status, 204);
}

#[tokio::test]
async fn a_malformed_escape_on_the_wire_is_400_with_a_request_id() {
    let server = TestApp::new().listen().await;
    for tag in ["a%", "a%zz", "%FF"] {
        let mut client = Raw::connect(&server.address).await;
        client.send(request("PUT", tag)).await;
        let response = client.response().await.unwrap();
        assert_eq!(response.status, 400);
        assert!(response.header("X-Openstack-Request-Id").is_some());
    }
}

#[tokio::test]
async fn only_a_body_that_is_read_gets_a_100_continue() {
    let server = TestApp::new().listen().await;
    let mut client = Raw::connect(&server.address).await;
    client
        .send(head("PUT", "x") + "Expect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n")
        .await;
    client.send("{}").await;
    let response = client.response().await.unwrap();
    assert_eq!((response.interim, response.status), (vec![100], 204));

    for (length, content_type, status) in [
        ("1000000", "application/json", 413),
        ("2", "text/plain", 415),
    ] {
        let mut client = Raw::connect(&server.address).await;
        let headers = format!(
            "Expect: 100-continue\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
        );
        client.send(head("PUT", "x") + &headers).await;
        let response = client.response().await.unwrap();
        assert_eq!((response.interim, response.status), (vec![], status));
        assert!(client.is_closed().await);
    }
}

#[tokio::test]
async fn a_413_has_the_reason_phrase_of_glance() {
    let server = TestApp::new().listen().await;
    let mut client = Raw::connect(&server.address).await;
    client
        .send(head("PUT", "x") + "Content-Length: 1000000\r\n\r\n")
        .await;
    assert_eq!(
        client.response().await.unwrap().reason,
        "Request Entity Too Large"
    );
}

#[tokio::test]
async fn a_client_that_has_shut_down_its_sending_side_gets_its_response() {
    let server = TestApp::faulty(Fault::Slow(DELAY / 4), |_| {})
        .listen()
        .await;
    for bytes in [
        request("PUT", "x"),
        head("PUT", "x") + "Content-Length: 2\r\n\r\n{}",
    ] {
        let mut client = Raw::connect(&server.address).await;
        assert_eq!(
            client.exchange(bytes, true, false).await.unwrap().status,
            204
        );
    }
    let mut client = Raw::connect(&server.address).await;
    let cut_off = head("PUT", "y") + "Content-Length: 2\r\n\r\n{";
    assert_eq!(
        client.exchange(cut_off, true, false).await.unwrap().status,
        400
    );
    assert_eq!(server.app.member().tags(DEBIAN).await, ["x"]);
}

#[tokio::test]
async fn a_write_completes_after_its_client_has_disconnected() {
    let server = TestApp::faulty(Fault::Slow(DELAY), |_| {}).listen().await;
    let mut client = Raw::connect(&server.address).await;
    client.send(request("PUT", "x")).await;
    tokio::time::sleep(DELAY / 4).await;
    drop(client);
    for _ in 0..20 {
        if server.app.member().tags(DEBIAN).await == ["x"] {
            return;
        }
    }
    panic!("the write was cancelled");
}

#[tokio::test]
async fn a_read_is_cancelled_soon_after_its_client_has_disconnected() {
    let slow = Fault::Slow(Duration::from_hours(1));
    let server = TestApp::faulty(slow, |config| config.limits.connections = 1)
        .listen()
        .await;
    // The second client has pipelined another request.
    for requests in [1, 2] {
        let mut gone = Raw::connect(&server.address).await;
        let read = format!("GET /v2/images/{DEBIAN} HTTP/1.1\r\nX-Auth-Token: {MEMBER}\r\n\r\n");
        gone.send(read.repeat(requests)).await;
        tokio::time::sleep(DELAY).await;
        drop(gone);
        // Its connection is released for the next client.
        let started = Instant::now();
        loop {
            let mut next = Raw::connect(&server.address).await;
            next.send("GET /versions HTTP/1.1\r\nConnection: close\r\n\r\n")
                .await;
            if next.response().await.unwrap().status == 200 {
                assert!(next.is_closed().await);
                break;
            }
            assert!(
                started.elapsed() < Duration::from_mins(1),
                "the read goes on"
            );
            tokio::time::sleep(DELAY).await;
        }
    }
}

#[tokio::test]
async fn the_service_survives_a_panic() {
    let server = TestApp::faulty(Fault::Panic, |_| {}).listen().await;
    let mut client = Raw::connect(&server.address).await;
    for _ in 0..2 {
        client.send(request("PUT", "x")).await;
        assert_eq!(client.response().await.unwrap().status, 500);
    }
}

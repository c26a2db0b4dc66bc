//! What only a real socket shows: time-outs, limits, malformed HTTP, the graceful stop.

use std::sync::Arc;
use std::time::{Duration, Instant};

use image_tags::store::{ImageStore as _, Memory};
use tokio::net::TcpStream;

use crate::support::raw::Raw;
use crate::support::stores::{Fault, Faulty};
use crate::support::{DEBIAN, MEMBER, TestApp, config};

const SOON: Duration = Duration::from_millis(200);

/// The head of a request of the member's, without the empty line at its end.
fn head(method: &str, tag: &str) -> String {
    format!(
        "{method} /v2/images/{DEBIAN}/tags/{tag} HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: {MEMBER}\r\n"
    )
}

fn request(method: &str, tag: &str) -> String {
    head(method, tag) + "\r\n"
}

#[tokio::test]
async fn one_connection_carries_many_requests_with_title_case_headers() {
    let server = TestApp::new().listen().await;
    let mut client = Raw::connect(&server.address).await;
    for method in ["PUT", "PUT", "DELETE"] {
        client.send(request(method, "x")).await;
        let answer = client.answer().await.unwrap();
        assert_eq!((answer.status, &*answer.reason), (204, "No Content"));
        let names: Vec<_> = answer
            .headers
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, ["Content-Type", "X-Openstack-Request-Id", "Date"]);
    }
}

#[tokio::test]
async fn what_is_not_http_is_400_and_harms_nobody_else() {
    let server = TestApp::new().listen().await;
    for bytes in [
        "\u{16}\u{3}\u{1}\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/1.1\r\nno colon\r\n\r\n",
        "PUT /v2/a b HTTP/1.1\r\n\r\n",
    ] {
        let mut client = Raw::connect(&server.address).await;
        client.send(bytes).await;
        assert_eq!(client.answer().await.unwrap().status, 400);
        assert!(client.is_closed().await);
    }
    let mut client = Raw::connect(&server.address).await;
    client.send(request("PUT", "x")).await;
    assert_eq!(client.answer().await.unwrap().status, 204);
}

#[tokio::test]
async fn a_malformed_escape_on_the_wire_is_400_with_a_request_id() {
    let server = TestApp::new().listen().await;
    for tag in ["a%", "a%zz", "%FF"] {
        let mut client = Raw::connect(&server.address).await;
        client.send(request("PUT", tag)).await;
        let answer = client.answer().await.unwrap();
        assert_eq!(answer.status, 400);
        assert!(answer.header("X-Openstack-Request-Id").is_some());
    }
}

#[tokio::test]
async fn a_body_is_asked_for_only_if_it_is_read() {
    let server = TestApp::new().listen().await;
    let mut client = Raw::connect(&server.address).await;
    client
        .send(head("PUT", "x") + "Expect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n")
        .await;
    client.send("{}").await;
    let answer = client.answer().await.unwrap();
    assert_eq!((answer.interim, answer.status), (vec![100], 204));

    for (length, content_type, status) in [
        ("1000000", "application/json", 413),
        ("2", "text/plain", 415),
    ] {
        let mut client = Raw::connect(&server.address).await;
        let headers = format!(
            "Expect: 100-continue\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
        );
        client.send(head("PUT", "x") + &headers).await;
        let answer = client.answer().await.unwrap();
        assert_eq!((answer.interim, answer.status), (vec![], status));
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
        client.answer().await.unwrap().reason,
        "Request Entity Too Large"
    );
}

#[tokio::test]
async fn a_head_that_never_ends_and_one_that_never_begins_are_cut_off() {
    let server = TestApp::with(|config| config.server.idle_timeout = SOON)
        .listen()
        .await;
    for beginning in ["", "GET / HTTP/1.1\r\nHost:"] {
        let mut client = Raw::connect(&server.address).await;
        client.send(beginning).await;
        assert!(client.is_closed().await);
    }
    let mut idle = Raw::connect(&server.address).await;
    idle.send(request("PUT", "x")).await;
    assert_eq!(idle.answer().await.unwrap().status, 204);
    assert!(idle.is_closed().await);
}

#[tokio::test]
async fn a_body_that_never_ends_is_408_and_the_connection_closed() {
    let server = TestApp::with(|config| config.server.body_timeout = SOON)
        .listen()
        .await;
    for headers in [
        "Content-Length: 10\r\n\r\nabc",
        "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
    ] {
        let mut client = Raw::connect(&server.address).await;
        client.send(head("PUT", "x") + headers).await;
        let answer = client.answer().await.unwrap();
        assert_eq!(
            (answer.status, answer.header("Connection")),
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
        let answer = client
            .exchange(head("PUT", "x") + &headers + "\r\n", false, false)
            .await;
        assert_eq!(answer.unwrap().status, 431);
    }
    let mut client = Raw::connect(&server.address).await;
    client
        .send(head("PUT", "x") + &format!("X-Large: {}\r\n\r\n", "x".repeat(60_000)))
        .await;
    assert_eq!(client.answer().await.unwrap().status, 204);
}

#[tokio::test]
async fn a_connection_too_many_gets_a_503_and_the_next_one_after_is_served() {
    let server = TestApp::with(|config| config.limits.connections = 1)
        .listen()
        .await;
    let mut first = Raw::connect(&server.address).await;
    first.send(request("PUT", "x")).await;
    assert_eq!(first.answer().await.unwrap().status, 204);

    let mut second = Raw::connect(&server.address).await;
    second.send(request("PUT", "y")).await;
    let answer = second.answer().await.unwrap();
    assert_eq!(
        (answer.status, answer.header("Retry-After")),
        (503, Some("1"))
    );
    assert!(answer.header("X-Openstack-Request-Id").is_some());
    assert!(second.is_closed().await);

    drop(first);
    for _ in 0..100 {
        let mut third = Raw::connect(&server.address).await;
        third.send(request("PUT", "z")).await;
        if third.answer().await.unwrap().status == 204 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the place of the closed connection was not given on");
}

#[tokio::test]
async fn connections_far_past_the_limit_are_closed_unheard() {
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

#[tokio::test]
async fn a_write_goes_on_when_the_client_goes_away() {
    let server = TestApp::faulty(Fault::Slow(SOON), |_| {}).listen().await;
    let mut client = Raw::connect(&server.address).await;
    client.send(request("PUT", "x")).await;
    tokio::time::sleep(SOON / 4).await;
    drop(client);
    for _ in 0..20 {
        if server.app.member().tags(DEBIAN).await == ["x"] {
            return;
        }
    }
    panic!("the write was given up");
}

#[tokio::test]
async fn a_read_ends_soon_after_its_client_has_gone() {
    let slow = Fault::Slow(Duration::from_hours(1));
    let server = TestApp::faulty(slow, |config| config.limits.connections = 1)
        .listen()
        .await;
    // The second one has sent another request already.
    for requests in [1, 2] {
        let mut gone = Raw::connect(&server.address).await;
        let read = format!("GET /v2/images/{DEBIAN} HTTP/1.1\r\nX-Auth-Token: {MEMBER}\r\n\r\n");
        gone.send(read.repeat(requests)).await;
        tokio::time::sleep(SOON).await;
        drop(gone);
        // Its place is given on.
        let started = Instant::now();
        loop {
            let mut next = Raw::connect(&server.address).await;
            next.send("GET /versions HTTP/1.1\r\nConnection: close\r\n\r\n")
                .await;
            if next.answer().await.unwrap().status == 200 {
                assert!(next.is_closed().await);
                break;
            }
            assert!(
                started.elapsed() < Duration::from_mins(1),
                "the read goes on"
            );
            tokio::time::sleep(SOON).await;
        }
    }
}

#[tokio::test]
async fn a_client_that_says_it_sends_no_more_gets_its_answer() {
    let server = TestApp::faulty(Fault::Slow(SOON / 4), |_| {})
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
async fn a_panic_leaves_the_service_alive() {
    let server = TestApp::faulty(Fault::Panic, |_| {}).listen().await;
    let mut client = Raw::connect(&server.address).await;
    for _ in 0..2 {
        client.send(request("PUT", "x")).await;
        assert_eq!(client.answer().await.unwrap().status, 500);
    }
}

#[tokio::test]
async fn a_stop_answers_what_is_in_flight_and_takes_nothing_new() {
    let mut server = TestApp::faulty(Fault::Slow(SOON), |_| {}).listen().await;
    let address = server.address.clone();
    let mut idle = Raw::connect(&address).await;
    let mut busy = Raw::connect(&address).await;
    busy.send(request("PUT", "x")).await;
    tokio::time::sleep(SOON / 4).await;
    server.stop();
    assert_eq!(busy.answer().await.unwrap().status, 204);
    assert!(busy.is_closed().await);
    assert!(idle.is_closed().await);
    server.stopped().await;
    assert!(TcpStream::connect(&address).await.is_err());
}

#[tokio::test]
async fn a_stop_does_not_wait_for_clients_that_are_idle() {
    let mut server = TestApp::new().listen().await;
    let mut idle = Raw::connect(&server.address).await;
    idle.send(head("PUT", "x") + "Content-Length: 2\r\n\r\n{}")
        .await;
    assert_eq!(idle.answer().await.unwrap().status, 204);
    let started = Instant::now();
    server.stop();
    server.stopped().await;
    assert!(started.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn a_stop_waits_for_a_write_whose_client_went_away() {
    let inner = Memory::holding(config().images);
    let store = Arc::new(Faulty::new(Fault::Slow(SOON * 10), inner));
    let mut server = TestApp::over(Arc::clone(&store) as _, config())
        .listen()
        .await;
    let mut client = Raw::before_body(&server.address, head("PUT", "x")).await;
    client.send("{}").await;
    tokio::time::sleep(SOON * 3).await;
    drop(client);
    server.stop();
    server.stopped().await;
    let image = store
        .inner
        .image(DEBIAN.parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(image.tags.len(), 1);
}

#[tokio::test]
async fn a_stop_does_not_wait_for_ever_for_a_head_that_was_half_sent() {
    let mut server = TestApp::with(|config| config.server.shutdown_timeout = SOON)
        .listen()
        .await;
    let mut client = Raw::connect(&server.address).await;
    client.send("GET / HT").await;
    tokio::time::sleep(SOON / 4).await;
    server.stop();
    server.stopped().await;
}

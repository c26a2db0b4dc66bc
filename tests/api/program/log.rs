//! The log.

use std::fs::File;
use std::net::TcpListener;
use std::time::Duration;

use super::process::{Running, half_sent, program};
use crate::support::raw::Raw;
use crate::support::{DEBIAN, MEMBER};

#[tokio::test]
async fn a_request_is_one_line_in_the_log_without_its_token() {
    let running = Running::start();
    let mut client = Raw::connect(&running.address).await;
    client.send(format!("PUT /v2/images/{DEBIAN}/tags/a%20%C3%A9?secret HTTP/1.1\r\nX-Auth-Token: {MEMBER}\r\nX-Openstack-Request-Id: one\r\n\r\n")).await;
    assert_eq!(client.response().await.unwrap().status, 204);
    let (_, log) = running.stop("-TERM");
    let lines: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let requests: Vec<_> = lines
        .iter()
        .filter(|line| line["message"] == "request")
        .collect();
    assert_eq!(requests.len(), 1);
    let line = requests[0];
    assert_eq!(line["request_id"], "req-one");
    assert_eq!(line["method"], "PUT");
    assert_eq!(line["path"], format!("/v2/images/{DEBIAN}/tags/a%20%C3%A9"));
    assert_eq!(line["status"], 204);
    assert_eq!(line["user"], "member");
    assert_eq!(line["project"], "5ef70662f8b34079a6eddb8da9d75fe8");
    assert!(line["elapsed_us"].is_u64());
    assert!(!log.contains(MEMBER) && !log.contains("secret"), "{log}");
}

#[tokio::test]
async fn a_request_whose_client_disconnects_is_logged_too() {
    let mut running = Running::start();
    drop(half_sent(&running).await);
    let line = running.wait_for_line("request");
    assert!(!line["status"].to_string().starts_with('2'), "{line}");
    let (_, log) = running.stop("-TERM");
    assert!(!log.contains("\"message\":\"request\""), "{log}");
}

#[tokio::test]
async fn a_log_that_cannot_be_written_does_not_stop_the_service() {
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut child = program()
        .env("IMAGE_TAGS__SERVER__LISTEN", &address)
        .stderr(full)
        .spawn()
        .unwrap();
    let mut response = None;
    for _ in 0..1000 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if tokio::net::TcpStream::connect(&address).await.is_ok() {
            let mut client = Raw::connect(&address).await;
            client.send("GET / HTTP/1.1\r\n\r\n").await;
            response = client.response().await;
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(response.unwrap().status, 300);
}

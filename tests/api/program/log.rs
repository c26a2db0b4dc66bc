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
async fn a_probe_is_known_by_where_it_goes_and_not_by_the_end_of_its_path() {
    let mut command = program();
    command.env("IMAGE_TAGS__SERVER__PATH_PREFIX", "/image");
    let running = Running::start_as(&mut command);
    let mut client = Raw::connect(&running.address).await;
    let tag = format!("/v2/images/{DEBIAN}/tags/livez");
    for (request, status) in [
        (format!("PUT {tag} HTTP/1.1\r\nX-Auth-Token: {MEMBER}"), 204),
        (format!("PUT {tag} HTTP/1.1"), 401),
        ("GET /v2/readyz HTTP/1.1".into(), 401),
        ("GET /%6civez HTTP/1.1".into(), 200),
        ("GET /image//readyz/ HTTP/1.1".into(), 200),
        ("GET /healthcheck HTTP/1.1".into(), 200),
    ] {
        client.send(format!("{request}\r\n\r\n")).await;
        let response = client.response().await.unwrap();
        assert_eq!(response.status, status, "{request}");
    }
    let (_, log) = running.stop("-TERM");
    let lines = log
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let paths: Vec<_> = lines
        .filter(|line| line["message"] == "request")
        .map(|line| line["path"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(paths, [&tag, &tag, "/v2/readyz"]);
}

/// The rest of the log after two requests to a program with these variables: one of a member with
/// this id, and one without a token.
async fn log_of_two(id: &str, variables: &[(&str, &str)]) -> (u32, String) {
    let mut program = program();
    program.env("IMAGE_TAGS__LOG__FORMAT", "oslo");
    program.envs(variables.iter().copied());
    let running = Running::start_with(&mut program);
    let process = running.child.id();
    let mut client = Raw::connect(&running.address).await;
    let path = format!("/v2/images/{DEBIAN}/tags/a%20b");
    client
        .send(format!(
            "PUT {path} HTTP/1.1\r\nX-Auth-Token: {MEMBER}\r\nX-Openstack-Request-Id: {id}\r\n\r\n"
        ))
        .await;
    assert_eq!(client.response().await.unwrap().status, 204);
    client.send("GET /v2 HTTP/1.1\r\n\r\n").await;
    assert_eq!(client.response().await.unwrap().status, 401);
    (process, running.stop("-TERM").1)
}

/// What comes after the time of a line in the format of oslo.log.
fn after_time(line: &str) -> &str {
    let (time, rest) = line.split_at("2026-01-05 09:00:00.001".len());
    let is_time = time.parse::<jiff::civil::DateTime>().is_ok();
    assert!(is_time && rest.starts_with(' '), "{line}");
    &rest[1..]
}

#[tokio::test]
async fn in_the_format_of_oslo_log_a_request_has_its_context() {
    let id = "req-0d5b2a3c-8f1e-4c6d-9b7a-1234567890ab";
    let (process, log) = log_of_two(id, &[]).await;
    let lines: Vec<_> = log.lines().map(after_time).collect();
    let logger = "INFO image_tags::telemetry::access_log";
    let member = format!(
        "{process} {logger} [{id} {id} member 5ef70662f8b34079a6eddb8da9d75fe8 - - - -] \
         request client=127.0.0.1 method=\"PUT\" path=\"/v2/images/{DEBIAN}/tags/a%20b\" status=204 elapsed_us="
    );
    assert!(lines[0].starts_with(&member), "{log}");
    let start = format!("{process} {logger} [None req-");
    let end =
        "- - - - - -] request client=127.0.0.1 method=\"GET\" path=\"/v2\" status=401 elapsed_us=";
    assert!(
        lines[1].starts_with(&start) && lines[1].contains(end),
        "{log}"
    );
    assert_eq!(
        lines.last().unwrap(),
        &format!("{process} INFO image_tags::cli::serve [-] stopped")
    );
}

#[tokio::test]
async fn an_id_of_another_form_is_not_in_the_place_of_the_global_one() {
    let (process, log) = log_of_two("one", &[]).await;
    let start = format!("{process} INFO image_tags::telemetry::access_log [None req-one member ");
    assert!(after_time(&log).starts_with(&start), "{log}");
}

#[tokio::test]
async fn each_module_can_have_a_level_of_its_own() {
    let level = ("IMAGE_TAGS__LOG__LEVEL", "off,image_tags::cli=info");
    let (_, log) = log_of_two("one", &[level]).await;
    assert!(
        log.ends_with(" stopped\n") && !log.contains("] request "),
        "{log}"
    );
    let level = ("IMAGE_TAGS__LOG__LEVEL", "info,image_tags::telemetry=warn");
    let (_, log) = log_of_two("one", &[level]).await;
    assert!(
        log.ends_with(" stopped\n") && !log.contains("] request "),
        "{log}"
    );
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

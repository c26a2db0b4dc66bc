//! Signals.

use std::io::BufReader;
use std::net::TcpListener;

use super::process::{Running, half_sent, program};
use crate::support::MEMBER;
use crate::support::raw::{Raw, RawResponse};

#[test]
fn a_signal_stops_the_program_with_exit_code_0() {
    for signal in ["-TERM", "-INT", "-QUIT"] {
        let (code, log) = Running::start().stop(signal);
        assert_eq!(code, Some(0));
        assert!(log.contains("\"message\":\"stopped\""), "{log}");
    }
}

#[tokio::test]
async fn a_request_in_flight_finishes_after_sigterm() {
    let mut running = Running::start();
    let mut client = half_sent(&running).await;
    running.signal("-TERM");
    running.wait_for_line("stopping");
    client.send("{}").await;
    assert_eq!(client.response().await.unwrap().status, 204);
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
}

#[tokio::test]
async fn other_signals_are_logged_and_leave_requests_in_flight() {
    let mut running = Running::start();
    let mut client = half_sent(&running).await;
    for signal in ["USR1", "USR2"] {
        running.signal(&format!("-{signal}"));
        assert_eq!(
            running.wait_for_line("signal ignored")["signal"],
            format!("SIG{signal}")
        );
    }
    client.send("{}").await;
    assert_eq!(client.response().await.unwrap().status, 204);
    assert_eq!(running.stop("-QUIT").0, Some(0));
}

#[test]
fn signals_work_during_startup() {
    // A database that accepts the connection and never responds.
    let database = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("postgres://{}/x", database.local_addr().unwrap());
    let mut child = program()
        .env("IMAGE_TAGS__STORE__URL", url)
        .env("IMAGE_TAGS__STORE__WAIT_AT_START", "false")
        .spawn()
        .unwrap();
    let _silent = database.accept().unwrap();
    let log = BufReader::new(child.stderr.take().unwrap());
    let mut starting = Running {
        child,
        log,
        address: String::new(),
    };
    for signal in ["-HUP", "-USR1", "-USR2"] {
        starting.signal(signal);
        starting.wait_for_line("signal ignored");
    }
    assert_eq!(starting.stop("-TERM").0, Some(0));
}

#[tokio::test]
async fn a_second_signal_cuts_the_graceful_shutdown_short() {
    let mut running = Running::start();
    let _client = half_sent(&running).await;
    running.signal("-TERM");
    running.wait_for_line("stopping");
    let (code, log) = running.stop("-TERM");
    assert_eq!(code, Some(0));
    assert!(log.contains("stopped by a second signal"), "{log}");
}

#[tokio::test]
async fn a_request_that_the_shutdown_drops_is_logged_as_the_fault_of_the_service() {
    for (grace, is_second_signal_sent) in [("0.2", false), ("600", true)] {
        let mut command = program();
        command.env("IMAGE_TAGS__SERVER__GRACE_SECONDS", grace);
        let mut running = Running::start_as(&mut command);
        let _client = half_sent(&running).await;
        running.signal("-TERM");
        if is_second_signal_sent {
            running.wait_for_line("stopping");
            running.signal("-TERM");
        }
        let line = running.wait_for_line("request");
        assert_eq!(
            (&line["status"], &line["level"]),
            (&503.into(), &"ERROR".into())
        );
        assert_eq!(
            line["cause"],
            "the service stopped before the answer was ready"
        );
        assert_eq!(running.child.wait().unwrap().code(), Some(0));
    }
}

/// The program with this `server.drain_seconds`.
fn draining_for(seconds: &str) -> Running {
    Running::start_as(program().env("IMAGE_TAGS__SERVER__DRAIN_SECONDS", seconds))
}

async fn get(client: &mut Raw, path: &str) -> RawResponse {
    let head = format!("GET {path} HTTP/1.1\r\nX-Auth-Token: {MEMBER}\r\n\r\n");
    client.send(head).await;
    client.response().await.unwrap()
}

#[tokio::test]
async fn health_checks_fail_first_while_requests_are_answered_as_usual() {
    let mut running = draining_for("600");
    let mut kept = Raw::connect(&running.address).await;
    let before = get(&mut kept, "/v2/images").await;
    assert_eq!((before.status, before.header("connection")), (200, None));
    running.signal("-TERM");
    running.wait_for_line("draining");
    for (path, status, body) in [
        ("/readyz", 503, "DRAINING"),
        ("/healthcheck", 503, "DRAINING"),
        ("/livez", 200, "ok"),
    ] {
        let mut client = Raw::connect(&running.address).await;
        let response = get(&mut client, path).await;
        assert_eq!(
            (response.status, &*response.body),
            (status, body.as_bytes())
        );
    }
    // The next response on a connection that was open is the last one.
    let during = get(&mut kept, "/v2/images").await;
    assert_eq!((during.status, &during.body), (200, &before.body));
    assert_eq!(during.header("connection"), Some("close"));
    assert!(kept.is_closed().await);
}

#[tokio::test]
async fn a_second_signal_ends_the_drain_and_no_request() {
    let mut running = draining_for("600");
    let mut client = half_sent(&running).await;
    let mut idle = Raw::connect(&running.address).await;
    running.signal("-TERM");
    running.wait_for_line("draining");
    running.signal("-INT");
    running.wait_for_line("stopping");
    assert!(idle.is_closed().await);
    client.send("{}").await;
    assert_eq!(client.response().await.unwrap().status, 204);
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
}

#[tokio::test]
async fn a_drain_ends_by_itself() {
    let mut running = draining_for("0.05");
    running.signal("-TERM");
    running.wait_for_line("draining");
    running.wait_for_line("stopping");
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
}

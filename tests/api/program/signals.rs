//! Signals.

use std::io::BufReader;
use std::net::TcpListener;

use super::process::{Running, half_sent, program};

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
    for signal in ["HUP", "USR1", "USR2"] {
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

//! The listener of the metrics.

use std::io::{BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use tokio::net::TcpSocket;

use super::process::{Running, program};

/// The program with a listener for its metrics, and the address of that.
fn measured() -> (Running, String) {
    let mut command = program();
    command.env("IMAGE_TAGS__METRICS__LISTEN", "127.0.0.1:0");
    let mut child = command.spawn().unwrap();
    let log = BufReader::new(child.stderr.take().unwrap());
    let address = String::new();
    let mut running = Running {
        child,
        log,
        address,
    };
    let line = running.wait_for_line("serving the metrics");
    let metrics = line["listen"].as_str().unwrap().to_owned();
    let line = running.wait_for_line("serving");
    line["listen"]
        .as_str()
        .unwrap()
        .clone_into(&mut running.address);
    (running, metrics)
}

/// The whole response to a request.
fn exchange(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[test]
fn the_listener_has_the_metrics_and_nothing_else() {
    let (running, metrics) = measured();
    let head = "HTTP/1.1\r\nHost: localhost\r\n";
    let response = exchange(
        &metrics,
        &format!("GET /metrics {head}Accept: application/openmetrics-text;version=1.0.0\r\n\r\n"),
    );
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8\r\n";
    assert!(response.contains(content_type), "{response}");
    assert!(response.ends_with("# EOF\n"), "{response}");
    assert!(response.contains("process_open_fds "), "{response}");

    let response = exchange(&metrics, &format!("GET /metrics {head}\r\n"));
    assert!(
        response.contains("text/plain; version=0.0.4; charset=utf-8\r\n"),
        "{response}"
    );
    for (line, status) in [
        ("POST /metrics", "405"),
        ("GET /", "404"),
        ("GET /v2/images", "404"),
    ] {
        let response = exchange(&metrics, &format!("{line} {head}\r\n"));
        assert!(
            response.starts_with(&format!("HTTP/1.1 {status} ")),
            "{line}: {response}"
        );
    }
    // And the service has no metrics.
    let response = exchange(
        &running.address,
        &format!("GET /metrics {head}Connection: close\r\n\r\n"),
    );
    assert!(response.starts_with("HTTP/1.1 300 "), "{response}");
    assert_eq!(running.stop("-TERM").0, Some(0));
}

#[tokio::test]
async fn idle_connections_of_one_address_do_not_keep_another_one_waiting() {
    let (running, metrics) = measured();
    let mut idle = Vec::new();
    for _ in 0..32 {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 2], 0).into()).unwrap();
        idle.push(socket.connect(metrics.parse().unwrap()).await.unwrap());
    }
    let started = Instant::now();
    let response = exchange(&metrics, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    // A whole connection may take ten.
    assert!(started.elapsed() < Duration::from_secs(8));
    assert_eq!(running.stop("-TERM").0, Some(0));
}

#[test]
fn an_address_in_use_stops_the_start() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = program();
    command.env("IMAGE_TAGS__METRICS__LISTEN", &address);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let says = String::from_utf8(output.stderr).unwrap();
    let expected = format!("cannot listen on {address}, metrics.listen: Address already in use");
    assert!(says.contains(&expected), "{says}");
}

#[test]
#[cfg(target_os = "linux")]
fn without_the_key_nothing_but_the_service_listens() {
    let listening = |running: &Running| {
        let sockets = std::fs::read_to_string(format!("/proc/{}/net/tcp", running.child.id()));
        let files = std::fs::read_dir(format!("/proc/{}/fd", running.child.id())).unwrap();
        let files = files.filter_map(|file| std::fs::read_link(file.unwrap().path()).ok());
        let files: Vec<_> = files.map(|file| file.display().to_string()).collect();
        let sockets = sockets.unwrap();
        let is_own = |inode: &str| files.contains(&format!("socket:[{inode}]"));
        let sockets = sockets
            .lines()
            .skip(1)
            .map(|line| line.split_whitespace().collect());
        let sockets = sockets.filter(|it: &Vec<_>| it[3] == "0A" && is_own(it[9]));
        sockets.count()
    };
    assert_eq!(listening(&Running::start()), 1);
    assert_eq!(listening(&measured().0), 2);
}

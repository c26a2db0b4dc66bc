//! The protocols of systemd, with sockets in place of it.

use std::fs;
use std::io::BufReader;
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixListener, UnixStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use image_tags::config::EXAMPLE;

use super::configuration::file;
use super::process::{Running, program, program_with};
use crate::support::example;
use crate::support::raw::Raw;

/// The line of the log about a socket that was handed over.
const HANDED_OVER: &str = "a socket was handed over: it takes the place of server.listen";

/// The socket of a service manager, and the directory that it is in.
fn service_manager() -> (UnixDatagram, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let socket = UnixDatagram::bind(directory.path().join("notify")).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_mins(1)))
        .unwrap();
    (socket, directory)
}

fn receive(socket: &UnixDatagram) -> String {
    let mut buffer = [0; 200];
    let length = socket.recv(&mut buffer).expect("a notification in time");
    String::from_utf8(buffer[..length].to_vec()).unwrap()
}

#[tokio::test]
async fn the_service_manager_hears_of_the_start_and_of_the_shutdown() {
    let (socket, directory) = service_manager();
    let mut running = Running::start_as(
        program()
            .env("NOTIFY_SOCKET", directory.path().join("notify"))
            .env("IMAGE_TAGS__SERVER__DRAIN_SECONDS", "600"),
    );
    assert_eq!(receive(&socket), "READY=1");
    let mut client = Raw::connect(&running.address).await;
    client.send("GET /livez HTTP/1.1\r\n\r\n").await;
    assert_eq!(client.response().await.unwrap().status, 200);
    running.signal("-TERM");
    running.wait_for_line("draining");
    assert_eq!(receive(&socket), "STOPPING=1");
}

#[test]
fn a_service_manager_may_have_an_abstract_socket() {
    let name = format!("image-tags-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let socket = UnixDatagram::bind_addr(&address).unwrap();
    let running = Running::start_as(program().env("NOTIFY_SOCKET", format!("@{name}")));
    assert_eq!(receive(&socket), "READY=1");
    assert_eq!(running.stop("-TERM").0, Some(0));
    assert_eq!(receive(&socket), "STOPPING=1");
}

#[test]
fn keep_alives_go_to_the_service_manager_that_expects_them_from_this_process() {
    let (socket, directory) = service_manager();
    let start = |pid: Option<&str>| {
        let mut command = program();
        command
            .env("NOTIFY_SOCKET", directory.path().join("notify"))
            .env("WATCHDOG_USEC", "100000");
        if let Some(pid) = pid {
            command.env("WATCHDOG_PID", pid);
        }
        Running::start_as(&mut command)
    };
    let running = start(None);
    assert_eq!(receive(&socket), "READY=1");
    for _ in 0..3 {
        assert_eq!(receive(&socket), "WATCHDOG=1");
    }
    drop(running);
    socket.set_nonblocking(true).unwrap();
    while socket.recv(&mut [0; 200]).is_ok() {}
    socket.set_nonblocking(false).unwrap();

    let other = start(Some("1"));
    assert_eq!(receive(&socket), "READY=1");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(other.stop("-TERM").0, Some(0));
    assert_eq!(receive(&socket), "STOPPING=1");
}

#[tokio::test]
async fn a_service_that_waits_for_its_database_is_ready_for_the_service_manager() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let urls =
        [&silent, &nobody].map(|peer| format!("postgres://{}/x", peer.local_addr().unwrap()));
    drop(nobody);
    for url in urls {
        let (socket, directory) = service_manager();
        let running = Running::start_as(
            program()
                .env("NOTIFY_SOCKET", directory.path().join("notify"))
                .env("IMAGE_TAGS__STORE__URL", url)
                // Longer than the test waits for a notification.
                .env("IMAGE_TAGS__STORE__TIMEOUT_SECONDS", "600"),
        );
        assert_eq!(receive(&socket), "READY=1");
        let mut client = Raw::connect(&running.address).await;
        client.send("GET /livez HTTP/1.1\r\n\r\n").await;
        assert_eq!(client.response().await.unwrap().status, 200);
        assert_eq!(running.stop("-TERM").0, Some(0));
    }
}

#[tokio::test]
async fn a_signal_ends_a_reload_whose_file_system_does_not_answer() {
    let (socket, directory) = service_manager();
    let file = file(EXAMPLE);
    let mut running = Running::start_as(
        program_with(file.path()).env("NOTIFY_SOCKET", directory.path().join("notify")),
    );
    assert_eq!(receive(&socket), "READY=1");
    // Whoever reads a FIFO waits for somebody who writes into it.
    let policy = directory.path().join("policy.yaml");
    let made = Command::new("mkfifo").arg(&policy).status().unwrap();
    assert!(made.success());
    let named = format!("\nfile = \"{}\"", policy.display());
    fs::write(file.path(), EXAMPLE.replacen("\nfile = \"\"", &named, 1)).unwrap();
    running.signal("-HUP");
    assert!(receive(&socket).starts_with("RELOADING=1\n"));
    let mut client = Raw::connect(&running.address).await;
    client.send("GET /livez HTTP/1.1\r\n\r\n").await;
    assert_eq!(client.response().await.unwrap().status, 200);
    running.signal("-TERM");
    assert_eq!(receive(&socket), "STOPPING=1");
    running.wait_for_line("a signal ends the reload: the configuration stays as it is");
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
}

/// The program with these sockets, or other streams, as the service manager hands them over.
fn activated(sockets: Vec<OwnedFd>, listen: &str) -> Command {
    let count = sockets.len().to_string();
    let mut sockets = sockets.into_iter();
    // A shell moves them to the descriptors from 3 on. It becomes the program, and so has its id.
    let script = "export LISTEN_PID=$$; exec 3<&0 4<&1 </dev/null >&2; exec \"$0\" \"$@\"";
    let mut command = Command::new("sh");
    command
        .args(["-c", script, env!("CARGO_BIN_EXE_image-tags"), "--config"])
        .arg(example())
        .env("IMAGE_TAGS__LOG__FORMAT", "json")
        .env("IMAGE_TAGS__SERVER__LISTEN", listen)
        .env("LISTEN_FDS", count)
        .stdin(sockets.next().unwrap())
        .stdout(sockets.next().map_or_else(Stdio::null, Stdio::from))
        .stderr(Stdio::piped());
    command
}

/// What the program says, which does not start with these sockets.
fn refusal(sockets: Vec<OwnedFd>) -> String {
    let output = activated(sockets, "127.0.0.1:0").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test]
async fn a_tcp_socket_that_is_handed_over_takes_the_place_of_the_address() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut child = activated(vec![listener.into()], "127.0.0.1:0")
        .spawn()
        .unwrap();
    let log = BufReader::new(child.stderr.take().unwrap());
    let mut running = Running {
        child,
        log,
        address,
    };
    // The kernel accepts connections before the program does.
    let mut client = Raw::connect(&running.address).await;
    client.send("GET /versions HTTP/1.1\r\n\r\n").await;
    let response = client.response().await.unwrap();
    let body = String::from_utf8(response.body).unwrap();
    let base = format!("http://{}/v2/", running.address);
    assert!(body.contains(&base), "{body}");
    let line = running.wait_for_line(HANDED_OVER);
    assert_eq!(line["listen"], running.address);
    assert_eq!(running.stop("-TERM").0, Some(0));
}

#[test]
fn a_unix_socket_that_is_handed_over_stays_when_the_program_ends() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("handed-over");
    let listener = UnixListener::bind(&path).unwrap();
    let other = directory.path().join("configured");
    let mut command = activated(vec![listener.into()], &format!("unix:{}", other.display()));
    let running = Running::start_as(&mut command);
    assert_eq!(running.address, format!("unix:{}", path.display()));
    assert_eq!(running.stop("-TERM").0, Some(0));
    assert!(path.exists() && !other.exists());
}

#[test]
fn a_socket_that_is_handed_over_exposes_the_example_credentials_as_an_address_does() {
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let address = listener.local_addr().unwrap();
    let says = refusal(vec![listener.into()]);
    assert!(says.contains(HANDED_OVER), "{says}");
    let reason = format!("server.listen, {address}, is not a loopback address");
    assert!(says.contains(&reason), "{says}");
}

#[test]
fn only_one_listening_socket_is_accepted() {
    let [first, second] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap().into());
    let says = refusal(vec![first, second]);
    assert!(says.contains("LISTEN_FDS: 2 sockets were"), "{says}");
    let (stream, _peer) = UnixStream::pair().unwrap();
    let says = refusal(vec![stream.into()]);
    assert!(says.contains("does not listen"), "{says}");
    let (datagram, _directory) = service_manager();
    let says = refusal(vec![datagram.into()]);
    assert!(
        says.contains("LISTEN_FDS: fd 3 is not a valid tcp"),
        "{says}"
    );
}

#[test]
fn an_abstract_socket_that_is_handed_over_is_shown_by_its_name() {
    let name = format!("image-tags-handed-over-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let listener = UnixListener::bind_addr(&address).unwrap();
    let running = Running::start_as(&mut activated(vec![listener.into()], "127.0.0.1:0"));
    assert_eq!(running.address, format!("unix:@{name}"));
    assert_eq!(running.stop("-TERM").0, Some(0));
}

#[test]
fn a_socket_that_is_not_for_this_process_is_left_alone() {
    for variables in [
        &[("LISTEN_FDS", "1"), ("LISTEN_PID", "1")][..],
        &[("LISTEN_FDS", "1")],
    ] {
        let running = Running::start_as(program().envs(variables.iter().copied()));
        assert!(running.address.starts_with("127.0.0.1:"));
        assert_eq!(running.stop("-TERM").0, Some(0));
    }
}

#[test]
fn a_malformed_announcement_of_sockets_stops_the_start() {
    for number in ["x", "0", "-1", ""] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut command = activated(vec![listener.into()], "127.0.0.1:0");
        let output = command.env("LISTEN_FDS", number).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let says = String::from_utf8(output.stderr).unwrap();
        assert!(says.contains("LISTEN_FDS: expected a number"), "{says}");
    }
    let output = program().env("LISTEN_PID", "x").output().unwrap();
    let says = String::from_utf8(output.stderr).unwrap();
    assert!(says.contains("LISTEN_PID: expected a number"), "{says}");
}

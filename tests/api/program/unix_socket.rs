//! The program on a UNIX socket.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use super::process::{Running, output, program};
use crate::support::{DEBIAN, MEMBER, example};

fn listen(path: &Path) -> String {
    format!("unix:{}", path.display())
}

fn start(path: &Path) -> Running {
    Running::start_as(program().env("IMAGE_TAGS__SERVER__LISTEN", listen(path)))
}

/// The status of a response that curl gets.
fn curl(path: &Path, arguments: &[&str]) -> String {
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--output", "/dev/null"])
        .args(["--write-out", "%{http_code}", "--unix-socket"])
        .arg(path)
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn clients_and_health_checks_reach_the_program_through_its_socket() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("image-tags.sock");
    let mode = "IMAGE_TAGS__SERVER__SOCKET_MODE";
    let running = Running::start_as(
        program()
            .env("IMAGE_TAGS__SERVER__LISTEN", listen(&path))
            .env(mode, "0600"),
    );
    assert_eq!(running.address, listen(&path));
    let metadata = std::fs::metadata(&path).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o7777, 0o600);

    let url = format!("http://localhost/v2/images/{DEBIAN}/tags/x");
    let token = format!("X-Auth-Token: {MEMBER}");
    assert_eq!(curl(&path, &["-X", "PUT", "-H", &token, &url]), "204");
    assert_eq!(curl(&path, &["-H", &token, &url]), "204");

    let config = example().to_str().unwrap();
    let check = || {
        let listen = listen(&path);
        let output = output(&["healthcheck", "--config", config, "--listen", &listen]);
        output.status.code()
    };
    assert_eq!(check(), Some(0));
    let (code, log) = running.stop("-TERM");
    assert_eq!(code, Some(0));
    assert!(
        log.contains("\"status\":204") && !log.contains("\"client\""),
        "{log}"
    );
    assert!(!path.exists());
    assert_eq!(check(), Some(1));
}

#[test]
fn the_socket_of_a_killed_program_makes_room_and_that_of_a_running_one_does_not() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("image-tags.sock");
    drop(start(&path));
    assert!(path.exists());
    let running = start(&path);
    let config = example().to_str().unwrap();
    let second = output(&["--config", config, "--listen", &listen(&path)]);
    assert_eq!(second.status.code(), Some(1));
    let says = format!(
        "image-tags: cannot listen on {}: Address already in use (os error 98)\n",
        listen(&path)
    );
    assert_eq!(String::from_utf8(second.stderr).unwrap(), says);
    assert_eq!(curl(&path, &["http://localhost/livez"]), "200");
    assert_eq!(running.stop("-TERM").0, Some(0));
    assert!(!path.exists());
}

#[test]
fn a_file_that_is_no_socket_stays() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let config = example().to_str().unwrap();
    let output = output(&["--config", config, "--listen", &listen(file.path())]);
    assert_eq!(output.status.code(), Some(1));
    assert!(std::fs::metadata(file.path()).unwrap().is_file());
}

#[test]
fn a_lock_that_another_process_holds_delays_the_start_and_does_not_prevent_it() {
    let directory = tempfile::tempdir().unwrap();
    let lock = std::fs::File::open(directory.path()).unwrap();
    lock.lock().unwrap();
    let path = directory.path().join("image-tags.sock");
    let running = start(&path);
    assert_eq!(curl(&path, &["http://localhost/livez"]), "200");
    assert_eq!(running.stop("-TERM").0, Some(0));
}

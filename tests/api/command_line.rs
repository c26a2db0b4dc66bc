//! The program as it is started: its exit codes, its signals and its log.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use crate::support::raw::Raw;
use crate::support::{DEBIAN, MEMBER, example};

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_image-tags"));
    command
        .args(["--config", example().to_str().unwrap()])
        .env("IMAGE_TAGS__SERVER__LISTEN", "127.0.0.1:0");
    command
        .env("IMAGE_TAGS__LOG__FORMAT", "json")
        .stderr(Stdio::piped())
        .stdout(Stdio::piped());
    command
}

fn output(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_image-tags"))
        .args(arguments)
        .output()
        .unwrap()
}

/// The program while it serves.
struct Running {
    child: Child,
    log: BufReader<std::process::ChildStderr>,
    address: String,
}

impl Running {
    fn start() -> Self {
        let mut child = program().spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let mut running = Self {
            child,
            log,
            address: String::new(),
        };
        let listen = running.said("serving");
        listen["listen"]
            .as_str()
            .unwrap()
            .clone_into(&mut running.address);
        running
    }

    /// The next line of the log with this message.
    fn said(&mut self, message: &str) -> serde_json::Value {
        loop {
            let mut line = String::new();
            assert_ne!(self.log.read_line(&mut line).unwrap(), 0, "it ended");
            let line: serde_json::Value = serde_json::from_str(&line).unwrap();
            if line["message"] == message {
                return line;
            }
        }
    }

    fn signal(&self, signal: &str) {
        let kill = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(kill.success());
    }

    /// Sends a signal; the exit code and the rest of the log.
    fn stop(mut self, signal: &str) -> (Option<i32>, String) {
        self.signal(signal);
        let mut log = String::new();
        self.log.read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap().code(), log)
    }
}

#[test]
fn a_signal_stops_it_with_exit_code_0() {
    for signal in ["-TERM", "-INT", "-QUIT"] {
        let (code, log) = Running::start().stop(signal);
        assert_eq!(code, Some(0));
        assert!(log.contains("\"message\":\"stopped\""), "{log}");
    }
}

#[tokio::test]
async fn a_request_leaves_one_line_in_the_log_and_its_token_none() {
    let running = Running::start();
    let mut client = Raw::connect(&running.address).await;
    client.send(format!("PUT /v2/images/{DEBIAN}/tags/a%20%C3%A9?secret HTTP/1.1\r\nX-Auth-Token: {MEMBER}\r\nX-Openstack-Request-Id: one\r\n\r\n")).await;
    assert_eq!(client.answer().await.unwrap().status, 204);
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

/// A client whose request is at work: its head has been read, its body has not been sent.
async fn half_sent(running: &Running) -> Raw {
    let head = format!("PUT /v2/images/{DEBIAN}/tags/x HTTP/1.1\r\nX-Auth-Token: {MEMBER}\r\n");
    Raw::before_body(&running.address, head).await
}

#[tokio::test]
async fn a_request_in_flight_is_answered_after_sigterm() {
    let mut running = Running::start();
    let mut client = half_sent(&running).await;
    running.signal("-TERM");
    running.said("stopping");
    client.send("{}").await;
    assert_eq!(client.answer().await.unwrap().status, 204);
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
}

#[tokio::test]
async fn other_signals_leave_a_line_and_the_request_in_flight() {
    let mut running = Running::start();
    let mut client = half_sent(&running).await;
    for signal in ["HUP", "USR1", "USR2"] {
        running.signal(&format!("-{signal}"));
        assert_eq!(
            running.said("signal ignored")["signal"],
            format!("SIG{signal}")
        );
    }
    client.send("{}").await;
    assert_eq!(client.answer().await.unwrap().status, 204);
    assert_eq!(running.stop("-QUIT").0, Some(0));
}

#[test]
fn signals_count_during_the_start_as_they_do_later() {
    // A database that takes the connection and never says a word.
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
        starting.said("signal ignored");
    }
    assert_eq!(starting.stop("-TERM").0, Some(0));
}

#[tokio::test]
async fn a_second_signal_ends_the_wait_for_what_is_in_flight() {
    let mut running = Running::start();
    let _client = half_sent(&running).await;
    running.signal("-TERM");
    running.said("stopping");
    let (code, log) = running.stop("-TERM");
    assert_eq!(code, Some(0));
    assert!(log.contains("stopped by a second signal"), "{log}");
}

#[tokio::test]
async fn a_client_that_goes_away_leaves_a_line_too() {
    let mut running = Running::start();
    drop(half_sent(&running).await);
    let line = running.said("request");
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
    let mut answer = None;
    for _ in 0..1000 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        if tokio::net::TcpStream::connect(&address).await.is_ok() {
            let mut client = Raw::connect(&address).await;
            client.send("GET / HTTP/1.1\r\n\r\n").await;
            answer = client.answer().await;
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(answer.unwrap().status, 300);
}

#[test]
fn the_start_says_that_the_store_forgets() {
    let mut child = program().spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stderr.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(
        first.contains("forgets every change at a restart"),
        "{first}"
    );
}

#[test]
fn the_start_names_the_credentials_of_the_example_that_are_in_use() {
    let mut child = program().spawn().unwrap();
    let log = BufReader::new(child.stderr.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let line = log
        .into_iter()
        .find(|line| line.contains("everybody knows them"))
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    let places = line["examples"].as_str().unwrap();
    assert!(
        places.starts_with("auth.tokens[0] (user \"admin\"), auth.tokens[1] (user \"member\"), "),
        "{places}"
    );
    assert!(
        places.ends_with("identity.users (\"other\"): the password"),
        "{places}"
    );
    assert!(!places.contains(MEMBER), "{places}");
}

#[test]
fn the_start_says_that_nothing_makes_sure_of_the_database() {
    let mut child = program()
        .env("IMAGE_TAGS__STORE__URL", "postgres://me:secret@192.0.2.1/x")
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stderr.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(
        first.contains("without verified TLS")
            && first.contains("192.0.2.1")
            && !first.contains("secret"),
        "{first}"
    );
}

#[test]
fn a_port_that_is_taken_and_a_file_that_is_missing_are_one_line_and_exit_code_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let config = example().to_str().unwrap();
    for (arguments, says) in [
        (
            ["--config", config, "--listen", &address],
            format!(
                "image-tags: cannot listen on {address}: Address already in use (os error 98)\n"
            ),
        ),
        (
            ["--config", "/nope.toml", "--listen", &address],
            "image-tags: /nope.toml: No such file or directory (os error 2)\n".to_owned(),
        ),
    ] {
        let output = output(&arguments);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(String::from_utf8(output.stderr).unwrap(), says);
    }
}

#[test]
fn check_config_says_what_it_found() {
    let config = example().to_str().unwrap();
    let fine = output(&["check-config", "--config", config]);
    assert_eq!(
        (fine.status.code(), String::from_utf8(fine.stdout).unwrap()),
        (Some(0), format!("{config}: fine\n"))
    );
    let unsafe_ = output(&[
        "check-config",
        "--config",
        config,
        "--listen",
        "0.0.0.0:9292",
    ]);
    assert_eq!(unsafe_.status.code(), Some(1));
}

#[test]
fn default_config_prints_the_example_without_reading_a_configuration() {
    let output = output(&["default-config", "--config", "/nope.toml"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stdout, std::fs::read(example()).unwrap());
    assert_eq!(output.stderr, b"");
}

#[test]
fn the_health_check_is_an_exit_code() {
    let running = Running::start();
    let config = example().to_str().unwrap();
    let check = |address: &str| {
        output(&["healthcheck", "--config", config, "--listen", address])
            .status
            .code()
    };
    assert_eq!(check(&running.address), Some(0));
    let address = running.address.clone();
    running.stop("-TERM");
    assert_eq!(check(&address), Some(1));
}

#[test]
fn the_health_check_needs_no_more_than_the_address() {
    let running = Running::start();
    let directory = tempfile::tempdir().unwrap();
    let broken = directory.path().join("broken.toml");
    let listen = format!("[server]\nlisten = \"{}\"\n", running.address);
    std::fs::write(
        &broken,
        format!("{listen}[store]\nurl = \"postgres://me:secret@\n[auth\n"),
    )
    .unwrap();
    let check = |config: &str, environment: Option<&str>| {
        let mut program = Command::new(env!("CARGO_BIN_EXE_image-tags"));
        program
            .args(["healthcheck", "--config", config])
            .env_remove("IMAGE_TAGS__SERVER__LISTEN");
        if let Some(listen) = environment {
            program.env("IMAGE_TAGS__SERVER__LISTEN", listen);
        }
        let output = program.output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let broken = broken.to_str().unwrap();
    let (code, says) = check(broken, None);
    assert_eq!(code, Some(0), "{says}");
    assert!(
        says.contains("broken.toml") && !says.contains("secret"),
        "{says}"
    );
    assert_eq!(
        check("/nope.toml", Some(&running.address)),
        (Some(0), String::new())
    );
    assert_eq!(
        check(broken, Some(&running.address)),
        (Some(0), String::new())
    );
    let (code, says) = check(broken, Some("nonsense"));
    assert_eq!(
        (code, &*says),
        (
            Some(1),
            "image-tags: IMAGE_TAGS__SERVER__LISTEN: invalid socket address syntax\n"
        )
    );
    let (_, says) = check("/nope.toml", None);
    assert!(
        says.contains("/nope.toml: No such file or directory (os error 2); asking 127.0.0.1:9292"),
        "{says}"
    );
}

#[test]
fn the_version_is_the_crates() {
    let version = output(&["--version"]);
    assert_eq!(
        String::from_utf8(version.stdout).unwrap(),
        concat!("image-tags ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn images_move_from_one_store_to_another_by_export_and_import() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
    let run = |store: &str, arguments: &[&str]| {
        let output = program()
            .args(arguments)
            .env("IMAGE_TAGS__STORE__URL", store)
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    let lines = run("memory:", &["export"]);
    assert_eq!(
        (lines.0, lines.1.lines().count(), &*lines.2),
        (Some(0), 2, "image-tags: 2 images exported\n")
    );
    std::fs::write(file("images.jsonl"), &lines.1).unwrap();
    let database = format!("sqlite://{}", file("images.db"));
    for says in [
        "2 images imported, 0 were there already",
        "0 images imported, 2 were there already",
    ] {
        let outcome = run(&database, &["import", &file("images.jsonl")]);
        assert_eq!(
            (outcome.0, &*outcome.2),
            (Some(0), &*format!("image-tags: {says}\n"))
        );
    }
    // Nothing of the configuration is mixed in.
    std::fs::write(file("none.jsonl"), "").unwrap();
    let empty = format!("sqlite://{}", file("empty.db"));
    assert_eq!(run(&empty, &["import", &file("none.jsonl")]).0, Some(0));
    assert_eq!(
        run(&empty, &["export"]),
        (
            Some(0),
            String::new(),
            "image-tags: 0 images exported\n".to_owned()
        )
    );
    assert_eq!(run(&database, &["export"]).1, lines.1);
    for (store, arguments, says) in [
        (
            "memory:",
            ["import", "-"],
            "store.url: a store in memory would forget what is imported",
        ),
        (
            &*database,
            ["import", "/nope"],
            "/nope: No such file or directory (os error 2)",
        ),
        (
            "sqlite:///nope/x.db",
            ["export", ""],
            "the database is not available: ",
        ),
    ] {
        let arguments: Vec<_> = arguments
            .into_iter()
            .filter(|argument| !argument.is_empty())
            .collect();
        let outcome = run(store, &arguments);
        assert_eq!(outcome.0, Some(1));
        assert!(
            outcome.2.starts_with(&format!("image-tags: {says}")),
            "{}",
            outcome.2
        );
    }
}

#[test]
fn an_export_makes_and_changes_no_database() {
    let directory = tempfile::tempdir().unwrap();
    let export = |name: &str| {
        let url = format!("sqlite://{}", directory.path().join(name).display());
        let output = program()
            .arg("export")
            .env("IMAGE_TAGS__STORE__URL", url)
            .output()
            .unwrap();
        assert_eq!((output.status.code(), &*output.stdout), (Some(1), &b""[..]));
        String::from_utf8(output.stderr).unwrap()
    };
    let files = || {
        let files = std::fs::read_dir(directory.path()).unwrap();
        files
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect::<Vec<_>>()
    };
    let says = export("absent.db");
    assert!(
        says.starts_with("image-tags: the database is not available: "),
        "{says}"
    );
    assert_eq!(files(), [""; 0]);
    std::fs::write(directory.path().join("empty.db"), "").unwrap();
    let says = export("empty.db");
    assert!(
        says.contains(
            "has none of the tables of this program; the service makes them when it starts"
        ),
        "{says}"
    );
    assert_eq!(files(), ["empty.db"]);
    assert_eq!(
        std::fs::read(directory.path().join("empty.db")).unwrap(),
        b""
    );
}

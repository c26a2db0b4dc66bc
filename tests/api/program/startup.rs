//! Warnings at startup.

use std::io::{BufRead, BufReader};
use std::process::Command;

use super::process::{Running, program};
use crate::support::MEMBER;

#[test]
fn the_log_warns_that_a_store_in_memory_loses_changes_at_a_restart() {
    let mut child = program().spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stderr.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(first.contains("a restart loses every change"), "{first}");
}

#[test]
fn the_log_names_the_example_credentials_in_use() {
    let mut child = program().spawn().unwrap();
    let log = BufReader::new(child.stderr.take().unwrap())
        .lines()
        .map(Result::unwrap);
    let line = log
        .into_iter()
        .find(|line| line.contains("they are public"))
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
fn the_log_warns_about_a_database_without_verified_tls() {
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

/// The threads that the program says it serves with.
fn threads(command: &mut Command) -> serde_json::Value {
    let mut child = command.spawn().unwrap();
    let mut running = Running {
        log: BufReader::new(child.stderr.take().unwrap()),
        child,
        address: String::new(),
    };
    running.wait_for_line("serving")["threads"].take()
}

#[test]
fn the_threads_are_as_configured_or_as_many_as_the_process_has_processors() {
    let available = std::thread::available_parallelism().unwrap().get();
    assert_eq!(threads(&mut program()), available);
    let configured = available + 2;
    let variable = ("IMAGE_TAGS__SERVER__THREADS", configured.to_string());
    assert_eq!(threads(program().env(variable.0, variable.1)), configured);
    // The variable of the runtime itself changes nothing: 0 would be a panic.
    for number in ["0", "7"] {
        let threads = threads(program().env("TOKIO_WORKER_THREADS", number));
        assert_eq!(threads, available, "{number}");
    }

    // A processor that this process may use.
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let allowed = status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))
        .unwrap();
    let first = allowed.trim().split([',', '-']).next().unwrap();
    let program = program();
    let mut confined = Command::new("taskset");
    confined
        .args(["--cpu-list", first])
        .arg(program.get_program())
        .args(program.get_args())
        .envs(
            program
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stderr(std::process::Stdio::piped());
    assert_eq!(threads(&mut confined), 1);
}

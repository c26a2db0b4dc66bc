//! Warnings at startup.

use std::io::{BufRead, BufReader};

use super::process::program;
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

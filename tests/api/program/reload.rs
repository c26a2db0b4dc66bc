//! SIGHUP: the configuration file as it is now is taken over, as a whole or not at all.

use std::fs;
use std::io::BufRead as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use image_tags::config::EXAMPLE;
use serde_json::Value;
use tempfile::NamedTempFile;

use super::configuration::file;
use super::process::{Running, program_with};
use crate::support::raw::{Raw, request};
use crate::support::{DEBIAN, MEMBER};

const RELOADED: &str = "the configuration was reloaded";
const IN_PART: &str = "the configuration was reloaded, but for keys that need a restart";
const REFUSED: &str = "the configuration was not reloaded, and the one before stays in force";
const OTHER: &str = "5d41402abc4b2a76b9719d911017c592";

/// The program with a configuration file of its own, which begins as the example.
fn start() -> (NamedTempFile, Running) {
    let file = file(EXAMPLE);
    let running = Running::start_as(&mut program_with(file.path()));
    (file, running)
}

/// Writes the example with these replacements, and has the program take it over.
fn reload(path: &Path, running: &mut Running, changes: &[(&str, &str)], message: &str) -> Value {
    let mut text = EXAMPLE.to_owned();
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        text = text.replacen(old, new, 1);
    }
    fs::write(path, text).unwrap();
    running.signal("-HUP");
    running.wait_for_line(message)
}

/// The status of a request with this token.
async fn status(running: &Running, method: &str, tag: &str, token: &str) -> u16 {
    let mut client = Raw::connect(&running.address).await;
    client
        .send(request(method, tag).replace(MEMBER, token))
        .await;
    client.response().await.unwrap().status
}

#[tokio::test]
async fn sighup_takes_over_tokens_rules_limits_and_the_policy() {
    let (file, mut running) = start();
    let path = file.path();
    assert_eq!(status(&running, "PUT", "a", MEMBER).await, 204);
    assert_eq!(status(&running, "PUT", "b", OTHER).await, 401);
    reload(path, &mut running, &[(MEMBER, OTHER)], RELOADED);
    assert_eq!(status(&running, "PUT", "b", MEMBER).await, 401);
    assert_eq!(status(&running, "PUT", "b", OTHER).await, 204);

    let rule = (
        "pattern = \"production\"",
        "pattern = \"*\"\nadd_roles = [\"admin\"]",
    );
    reload(path, &mut running, &[rule], RELOADED);
    assert_eq!(status(&running, "PUT", "c", MEMBER).await, 403);
    let quota = ("tags_per_image = 128", "tags_per_image = 2");
    reload(path, &mut running, &[quota], RELOADED);
    assert_eq!(status(&running, "PUT", "c", MEMBER).await, 413);

    let mut client = Raw::connect(&running.address).await;
    reload(path, &mut running, &[], RELOADED);
    client.send(request("PUT", "c")).await;
    assert_eq!(client.response().await.unwrap().status, 204);
    let policy = super::configuration::file("modify_image: rule:context_is_admin");
    let named = format!("\nfile = \"{}\"", policy.path().display());
    reload(path, &mut running, &[("\nfile = \"\"", &named)], RELOADED);
    client.send(request("PUT", "d")).await;
    assert_eq!(client.response().await.unwrap().status, 403);
}

#[tokio::test]
async fn a_wrong_file_changes_nothing_and_is_named_in_one_line() {
    let (file, mut running) = start();
    for changes in [
        &[("[limits]", "[limit]")][..],
        &[
            (MEMBER, OTHER),
            ("tags_per_image = 128", "tags_per_image = \"x\""),
        ],
        &[
            (MEMBER, OTHER),
            ("exclusive = \"project\"", "exclusive = \"planet\""),
        ],
        &[
            (MEMBER, OTHER),
            ("listen = \"127.0.0.1:9292\"\n", "listen = \n"),
        ],
    ] {
        let line = reload(file.path(), &mut running, changes, REFUSED);
        assert_eq!(line["level"], "ERROR");
        let error = line["error"].as_str().unwrap();
        assert!(error.starts_with(file.path().to_str().unwrap()), "{error}");
        assert_eq!(status(&running, "PUT", "a", MEMBER).await, 204);
        assert_eq!(status(&running, "PUT", "a", OTHER).await, 401);
    }
    fs::remove_file(file.path()).unwrap();
    running.signal("-HUP");
    running.wait_for_line(REFUSED);
    assert_eq!(status(&running, "PUT", "a", MEMBER).await, 204);
}

#[tokio::test]
async fn what_needs_a_restart_is_named_and_the_rest_is_taken_over() {
    let (file, mut running) = start();
    let changes = [
        (
            "url = \"memory:\"",
            "url = \"sqlite:///nonexistent/images.db\"",
        ),
        ("connections = 1024", "connections = 7"),
        (MEMBER, OTHER),
    ];
    let line = reload(file.path(), &mut running, &changes, IN_PART);
    assert_eq!(line["keys"], "limits.connections, store.url");
    assert_eq!(status(&running, "PUT", "a", OTHER).await, 204);
    assert_eq!(status(&running, "PUT", "a", MEMBER).await, 401);
    let renamed = ("name = \"debian-12\"", "name = \"debian-13\"");
    let line = reload(file.path(), &mut running, &[renamed], IN_PART);
    assert_eq!(line["keys"], "images");
    // The time of the start is the same for every image without one.
    let created_at = "created_at = \"2026-01-05T09:00:00Z\"\n";
    for _ in 0..2 {
        let line = reload(file.path(), &mut running, &[(created_at, "")], IN_PART);
        assert_eq!(line["keys"], "images");
    }
}

#[tokio::test]
async fn an_image_without_a_time_is_the_same_in_every_reload() {
    let text = EXAMPLE.replace("created_at = \"2026-01-05T09:00:00Z\"\n", "");
    assert_ne!(text, EXAMPLE);
    let file = file(&text);
    let mut running = Running::start_as(&mut program_with(file.path()));
    running.signal("-HUP");
    running.wait_for_line(RELOADED);
}

#[tokio::test]
async fn what_is_too_weak_for_an_address_that_only_a_restart_changes_is_refused() {
    let text = format!(
        "[server]\nlisten = \"0.0.0.0:0\"\n\
         [[auth.tokens]]\ntoken = \"{OTHER}\"\nuser = \"u\"\nproject = \"p\"\nroles = [\"member\"]\n"
    );
    let file = file(&text);
    let mut command = Command::new(env!("CARGO_BIN_EXE_image-tags"));
    command.arg("--config").arg(file.path());
    let mut running = Running::start_as(
        command
            .env("IMAGE_TAGS__LOG__FORMAT", "json")
            .stderr(Stdio::piped()),
    );
    let local = text.replace("0.0.0.0", "127.0.0.1");
    fs::write(file.path(), local.replace(OTHER, MEMBER)).unwrap();
    running.signal("-HUP");
    let line = running.wait_for_line(REFUSED);
    let error = line["error"].as_str().unwrap();
    assert!(error.starts_with("without a restart: "), "{error}");
}

#[tokio::test]
async fn the_level_of_the_log_changes_with_a_reload() {
    let (file, mut running) = start();
    let level = ("level = \"info\"", "level = \"warn,image_tags::cli=info\"");
    reload(file.path(), &mut running, &[level], RELOADED);
    assert_eq!(status(&running, "PUT", "quiet", MEMBER).await, 204);
    // The next reload reads the log up to its line.
    fs::write(file.path(), EXAMPLE).unwrap();
    running.signal("-HUP");
    let mut log = String::new();
    while !log.contains(RELOADED) {
        running.log.read_line(&mut log).unwrap();
    }
    assert!(!log.contains("tags/quiet"), "{log}");
    assert_eq!(status(&running, "PUT", "loud", MEMBER).await, 204);
    let (_, log) = running.stop("-TERM");
    assert!(log.contains("tags/loud"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_dropped_while_the_configuration_is_reloaded() {
    let (file, mut running) = start();
    let is_over = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = (0..8)
        .map(|number| {
            let (address, is_over) = (running.address.clone(), Arc::clone(&is_over));
            tokio::spawn(async move {
                let mut client = Raw::connect(&address).await;
                let mut answers = 0_u32;
                while !is_over.load(Ordering::Relaxed) {
                    client.send(request("PUT", &format!("t{number}"))).await;
                    let response = client.response().await.unwrap();
                    assert_eq!(response.status, 204);
                    answers += 1;
                }
                answers
            })
        })
        .collect();
    for number in 0..50 {
        let quota = format!("tags_per_image = {}", 100 + number);
        let quota = ("tags_per_image = 128", quota.as_str());
        reload(file.path(), &mut running, &[quota], RELOADED);
    }
    is_over.store(true, Ordering::Relaxed);
    for client in clients {
        assert!(client.await.unwrap() > 0);
    }
    let mut client = Raw::connect(&running.address).await;
    let request = format!(
        "GET /v2/images/{DEBIAN} HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: {MEMBER}\r\n\r\n"
    );
    client.send(request).await;
    let image: Value = serde_json::from_slice(&client.response().await.unwrap().body).unwrap();
    assert_eq!(image["tags"].as_array().unwrap().len(), 8);
}

//! `image-tags doctor`, and what the service says at its start of the same.

use std::io::{BufRead, BufReader};
use std::process::{Command, Output, Stdio};

use insta::assert_snapshot;

use super::configuration::file;

const RULES: &str = r#"
    [[auth.tokens]]
    token = "0123456789abcdef"
    user = "u"
    [[tags.rules]]
    pattern = "current"
    exclusive = "project"
"#;

const IMAGES: &str = r#"
    [[auth.tokens]]
    token = "0123456789abcdef"
    user = "u"
    [[images]]
    id = "00000000-0000-4000-8000-000000000001"
    owner = "demo"
    tags = ["current"]
    created_at = "2026-01-01T00:00:00Z"
    [[images]]
    id = "00000000-0000-4000-8000-000000000002"
    owner = "demo"
    tags = ["current", "other"]
    created_at = "2026-01-02T00:00:00Z"
    [[images]]
    id = "00000000-0000-4000-8000-000000000003"
    owner = "another"
    tags = ["current", "other"]
"#;

fn command(store: &str, config: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_image-tags"));
    command
        .args(["--config", config, "--listen", "127.0.0.1:0"])
        .args(arguments)
        .env("IMAGE_TAGS__STORE__URL", store)
        .env("IMAGE_TAGS__LOG__FORMAT", "json");
    command
}

fn text(output: Output) -> String {
    let [stdout, stderr] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    format!("{:?}\n{stdout}{stderr}", output.status.code())
}

/// The first line with this text in the log of the service, which is then killed.
fn line_of_start(store: &str, config: &str, text: &str) -> String {
    let mut service = command(store, config, &[])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(service.stderr.take().unwrap()).lines();
    let line = lines.find(|line| line.as_ref().unwrap().contains(text));
    service.kill().unwrap();
    service.wait().unwrap();
    line.unwrap().unwrap()
}

#[test]
fn the_doctor_creates_no_database() {
    let (directory, config) = (tempfile::tempdir().unwrap(), file(RULES));
    let database = directory.path().join("images.db");
    let store = format!("sqlite://{}", database.display());
    let config = config.path().to_str().unwrap();
    for arguments in [&["doctor"][..], &["doctor", "--apply"]] {
        let output = command(&store, config, arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", text(output));
        assert!(!database.exists());
    }
}

#[test]
fn the_doctor_lists_exclusive_tags_on_several_images_and_leaves_them_on_the_newest() {
    let directory = tempfile::tempdir().unwrap();
    let store = format!("sqlite://{}/images.db", directory.path().display());
    let [images, config] = [IMAGES, RULES].map(file);
    let [images, config] = [&images, &config].map(|file| file.path().to_str().unwrap());

    // The images are older than the rules, which do not keep the service from serving them.
    line_of_start(&store, images, "serving");
    let line = line_of_start(&store, config, "several images carry");
    assert!(
        line.contains("\"tag\":\"current\"") && line.contains("\"others\":1"),
        "{line}"
    );

    let doctor = |arguments: &[&str]| text(command(&store, config, arguments).output().unwrap());
    assert_snapshot!(doctor(&["doctor"]), @r#"
    Some(1)
    "current" in the project demo: newest 00000000-0000-4000-8000-000000000002
      also on 00000000-0000-4000-8000-000000000001
    image-tags: exclusive tags on several images: 1. "image-tags doctor --apply" leaves each on the newest
    "#);
    assert_snapshot!(doctor(&["doctor", "--apply"]), @r#"
    Some(0)
    "current" in the project demo: newest 00000000-0000-4000-8000-000000000002
      also on 00000000-0000-4000-8000-000000000001
      taken from 1
    "#);
    assert_snapshot!(doctor(&["doctor"]), @r"
    Some(0)
    every exclusive tag is on one image at most
    ");
    assert_snapshot!(text(command("memory:", config, &["doctor"]).output().unwrap()), @r"
    Some(1)
    image-tags: store.url: a store in memory belongs to the process of the service
    ");
}

//! `image-tags healthcheck`.

use std::process::Command;

use super::process::{Running, output, program};
use crate::support::example;

#[test]
fn the_health_check_reports_by_exit_code() {
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
fn a_process_without_its_database_is_live() {
    let mut program = program();
    program.env("IMAGE_TAGS__STORE__URL", "postgres://me@127.0.0.1:1/x");
    let running = Running::start_as(&mut program);
    let check = |live: &[&str]| {
        let listen = ["healthcheck", "--listen", &running.address];
        output(&[&listen[..], live].concat()).status.code()
    };
    assert_eq!(check(&["--live"]), Some(0));
    assert_eq!(check(&[]), Some(1));
}

#[test]
fn the_health_check_needs_nothing_but_the_address() {
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
            "image-tags: IMAGE_TAGS__SERVER__LISTEN: expected an address with a port, such as 127.0.0.1:9292, or unix: and an absolute path\n"
        )
    );
    let (_, says) = check("/nope.toml", None);
    assert!(
        says.contains("/nope.toml: No such file or directory (os error 2); asking 127.0.0.1:9292"),
        "{says}"
    );
}

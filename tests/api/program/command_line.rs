//! Subcommands, error messages and exit codes.

use std::net::TcpListener;

use insta::assert_snapshot;

use super::configuration::file;
use super::process::output;
use crate::support::example;

#[test]
fn a_port_in_use_and_a_missing_file_are_a_one_line_error_and_exit_code_1() {
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
fn check_config_reports_by_exit_code_and_one_line() {
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
fn check_config_says_which_rule_counts_for_a_tag() {
    let config = file(
        "[[auth.tokens]]\ntoken = \"0123456789abcdef\"\nuser = \"u\"\nroles = [\"Releaser\"]\n\
         [[tags.rules]]\npattern = \"v0*\"\n\
         [[tags.rules]]\npattern = \"v*\"\nexclusive = \"service\"\nadd_roles = [\"RELEASER\"]\n\
         [[tags.rules]]\npattern = \"*-final\"\nexclusive = \"project\"\nimmutable = true\n",
    );
    let config = config.path().to_str().unwrap();
    let output = output(&[
        "check-config",
        "--config",
        config,
        "--tag",
        "v1-final",
        "--tag",
        "v0-final",
        "--tag=a-final",
        "--tag=é\n",
    ]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_snapshot!(text.replace(config, "FILE"), @r#"
    FILE: fine
    "v1-final": tags.rules[1] ("v*"): exclusive = "service", on_conflict = "move", add_roles = ["releaser"]
    "v0-final": tags.rules[0] ("v0*"): no restriction
    "a-final": tags.rules[2] ("*-final"): exclusive = "project", on_conflict = "refuse", immutable = true
    "é\n": no rule
    "#);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn check_config_refuses_what_is_no_tag() {
    let long = "a".repeat(256);
    let config = example().to_str().unwrap();
    let output = output(&["check-config", "--config", config, "--tag", &long]);
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("a tag has at most 255 characters"),
        "{error}"
    );
    assert_eq!(output.stdout, b"");
}

#[test]
fn the_version_is_that_of_the_crate() {
    let version = output(&["--version"]);
    assert_eq!(
        String::from_utf8(version.stdout).unwrap(),
        concat!("image-tags ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn default_config_prints_the_example_without_reading_a_configuration() {
    let output = output(&["default-config", "--config", "/nope.toml"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stdout, std::fs::read(example()).unwrap());
    assert_eq!(output.stderr, b"");
}

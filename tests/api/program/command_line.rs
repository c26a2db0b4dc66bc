//! Subcommands, error messages and exit codes.

use std::net::TcpListener;

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

//! The example, the defaults, and what the environment and the command line override.

use std::ffi::OsString;

use image_tags::config::{Config, Listen, LogFormat};

use super::load::{file, with_environment};
use crate::support::example;

#[test]
fn the_example_has_every_key_with_its_default() {
    let text = std::fs::read_to_string(example()).unwrap();
    let mut written: toml::Table = toml::from_str(&text).unwrap();
    written.remove("images");
    written["auth"].as_table_mut().unwrap().remove("tokens");
    written["tags"].as_table_mut().unwrap().remove("rules");
    let identity = written["identity"].as_table_mut().unwrap();
    identity.remove("users");
    identity.remove("projects");
    // Two values of the example differ from the defaults, so that the example works on its own.
    assert_eq!(
        identity.insert("enabled".to_owned(), false.into()),
        Some(true.into())
    );
    let uri = written["auth"].as_table_mut().unwrap().insert(
        "www_authenticate_uri".to_owned(),
        "http://127.0.0.1:5000".into(),
    );
    assert_eq!(uri, Some("http://127.0.0.1:9292/identity".into()));
    assert_eq!(written, toml::Table::try_from(Config::default()).unwrap());
}

#[test]
fn every_key_of_the_example_has_a_comment() {
    let text = std::fs::read_to_string(example()).unwrap();
    let settings = text.split("[[auth.tokens]]").next().unwrap();
    let lines: Vec<_> = settings.lines().collect();
    for pair in lines
        .windows(2)
        .filter(|pair| pair[1].contains(" = ") && !pair[1].starts_with('#'))
    {
        assert!(pair[0].starts_with("# "), "{}", pair[1]);
    }
}

#[test]
fn an_empty_file_gives_the_defaults() {
    let file = file("");
    let config = Config::load(file.path(), [], None).unwrap();
    assert_eq!(
        toml::Table::try_from(config).unwrap(),
        toml::Table::try_from(Config::default()).unwrap()
    );
}

#[test]
fn the_environment_overrides_the_file_and_the_command_line_the_environment() {
    let config = with_environment(&[
        ("IMAGE_TAGS__SERVER__LISTEN", "127.0.0.1:1234"),
        ("IMAGE_TAGS__SERVER__IDLE_SECONDS", "1.5"),
        (
            "IMAGE_TAGS__SERVER__PUBLIC_ENDPOINT",
            "https://image.example.com",
        ),
        ("IMAGE_TAGS__AUTH__DEVELOPMENT", "true"),
        ("IMAGE_TAGS__LIMITS__TAGS_PER_IMAGE", "-1"),
        ("IMAGE_TAGS__LOG__FORMAT", "json"),
        ("IMAGE_TAGS_PORT_9292_TCP", "of Kubernetes"),
    ])
    .unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:1234");
    assert_eq!(config.server.idle_timeout.as_millis(), 1500);
    assert_eq!(config.server.public_endpoint, "https://image.example.com");
    assert!(config.auth.development);
    assert_eq!(config.limits.tags_per_image, -1);
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!((config.images.len(), config.auth.tokens.len()), (2, 4));

    let listen: Listen = "127.0.0.1:4321".parse().unwrap();
    let variable = (
        OsString::from("IMAGE_TAGS__SERVER__LISTEN"),
        OsString::from("127.0.0.1:1234"),
    );
    assert_eq!(
        Config::load(example(), [variable], Some(listen.clone()))
            .unwrap()
            .server
            .listen,
        listen
    );
}

#[test]
fn debug_output_of_the_configuration_has_no_token() {
    let shown = format!("{:?}", Config::load(example(), [], None).unwrap());
    assert!(!shown.contains("0c3a50a694f44b748abd8e0660ecbd45"));
}

//! The configuration: the example and the defaults, the environment, and what stops a start.

use std::ffi::OsString;
use std::io::Write;
use std::net::SocketAddr;

use image_tags::config::{Config, ConfigError, LogFormat};
use tempfile::NamedTempFile;

use crate::support::example;

fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

/// What is wrong with `text`, without the path of its file.
fn fault(text: &str) -> String {
    let file = file(text);
    let error = Config::load(file.path(), [], None).unwrap_err().to_string();
    assert!(!error.contains('\n'), "{error}");
    error.replace(file.path().to_str().unwrap(), "FILE")
}

fn with_environment(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let variables = variables
        .iter()
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Config::load(example(), variables, None)
}

#[test]
fn the_example_has_every_key_with_its_default() {
    let text = std::fs::read_to_string(example()).unwrap();
    let mut written: toml::Table = toml::from_str(&text).unwrap();
    written.remove("images");
    written["auth"].as_table_mut().unwrap().remove("tokens");
    let identity = written["identity"].as_table_mut().unwrap();
    identity.remove("users");
    identity.remove("projects");
    // What the example says otherwise, so that it is complete by itself.
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
fn an_empty_file_is_the_defaults() {
    let file = file("");
    let config = Config::load(file.path(), [], None).unwrap();
    assert_eq!(
        toml::Table::try_from(config).unwrap(),
        toml::Table::try_from(Config::default()).unwrap()
    );
}

#[test]
fn the_environment_comes_after_the_file_and_the_command_line_after_it() {
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
    assert_eq!(config.server.listen.port(), 1234);
    assert_eq!(config.server.idle_timeout.as_millis(), 1500);
    assert_eq!(config.server.public_endpoint, "https://image.example.com");
    assert!(config.auth.development);
    assert_eq!(config.limits.tags_per_image, -1);
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!((config.images.len(), config.auth.tokens.len()), (2, 4));

    let listen: SocketAddr = "127.0.0.1:4321".parse().unwrap();
    let variable = (
        OsString::from("IMAGE_TAGS__SERVER__LISTEN"),
        OsString::from("127.0.0.1:1234"),
    );
    assert_eq!(
        Config::load(example(), [variable], Some(listen))
            .unwrap()
            .server
            .listen,
        listen
    );
}

#[test]
fn a_variable_that_is_not_understood_stops_the_start_by_its_name() {
    for (name, value, says) in [
        (
            "IMAGE_TAGS__LIMITS__FOO",
            "1",
            "there is no key foo in [limits]",
        ),
        (
            "IMAGE_TAGS__NOPE__FOO",
            "1",
            "there is no key foo in [nope]",
        ),
        (
            "IMAGE_TAGS__LISTEN",
            "1",
            "expected a section, two underscores and a key",
        ),
        (
            "IMAGE_TAGS__LIMITS__HEADERS",
            "many",
            "\"many\" is not a valid value",
        ),
        (
            "IMAGE_TAGS__LIMITS__HEADERS",
            "1\nx = 2",
            "\"1\\nx = 2\" is not a valid value",
        ),
        (
            "IMAGE_TAGS__SERVER__IDLE_SECONDS",
            "-1",
            "expected a number of seconds from 0.001 to 86400",
        ),
        (
            "IMAGE_TAGS__SERVER__LISTEN",
            "here",
            "invalid socket address syntax",
        ),
    ] {
        assert_eq!(
            with_environment(&[(name, value)]).unwrap_err().to_string(),
            format!("{name}: {says}")
        );
    }
}

#[test]
fn a_file_that_is_not_understood_stops_the_start_with_the_line() {
    assert_eq!(
        fault("[server]\nlisten = 1"),
        "FILE:2: invalid type: integer, expected socket address"
    );
    assert_eq!(
        fault("\n[servr]"),
        "FILE:2: unknown field `servr`, expected one of `server`, `store`, `auth`, `identity`, `limits`, `log`, `images`"
    );
    assert_eq!(
        fault("[log]\nformat = \"xml\""),
        "FILE:2: unknown variant `xml`, expected `text` or `json`"
    );
    assert_eq!(
        fault("[store]\nurl = \"redis:\""),
        "FILE:2: the URL of a store is needed: memory:, sqlite:, postgres: or mysql:"
    );
    assert!(fault("[server]\nfoo = 1").starts_with("FILE:2: unknown field `foo`"));
    assert!(fault("[server").starts_with("FILE:1: "));
    assert_eq!(
        Config::load("/nope.toml".as_ref(), [], None)
            .unwrap_err()
            .to_string(),
        "/nope.toml: No such file or directory (os error 2)"
    );
}

#[test]
fn a_bad_image_stops_the_start_and_is_named() {
    let id = "82c96579-ba53-4a84-a69a-716382fe0293";
    for (entry, says) in [
        (
            "id = \"x\"".to_owned(),
            "images[0] (\"x\"): an image id is a UUID in its 36-character form".to_owned(),
        ),
        (
            "name = \"a\"".to_owned(),
            "images[0] (\"a\"): missing field `id`".to_owned(),
        ),
        (
            format!("id = \"{id}\"\ntags = [\"{}\"]", "a".repeat(256)),
            format!(
                "images[0] (\"{id}\"): tag \"{}\": a tag has at most 255 characters",
                "a".repeat(256)
            ),
        ),
        (
            format!("id = \"{id}\"\nowner = \"{}\"", "a".repeat(256)),
            format!("images[0] (\"{id}\"): The owner has more than 255 characters or a NUL."),
        ),
        (
            format!("id = \"{id}\"\nsize = 1"),
            format!("images[0] (\"{id}\"): unknown field `size`"),
        ),
        (
            format!("id = \"{id}\"\nvisibility = \"all\""),
            format!("images[0] (\"{id}\"): unknown variant `all`"),
        ),
        (
            format!("id = \"{id}\"\nproperties = {{ id = \"x\" }}"),
            format!("images[0] (\"{id}\"): No property can be named id."),
        ),
        (
            format!("id = \"{id}\"\n[[images]]\nid = \"{}\"", id.to_uppercase()),
            format!(
                "images[1] (\"{}\"): the id is there already",
                id.to_uppercase()
            ),
        ),
    ] {
        let fault = fault(&format!("[[images]]\n{entry}"));
        assert!(fault.starts_with(&format!("FILE:1: {says}")), "{fault}");
    }
}

#[test]
fn a_bad_token_stops_the_start_and_is_named_but_not_shown() {
    let entry = |token: &str| {
        format!(
            "[[auth.tokens]]\nuser = \"u\"\nproject = \"p\"\nroles = [\"member\"]\ntoken = \"{token}\"\n"
        )
    };
    assert!(fault(&entry("a b")).ends_with(
        "auth.tokens[0] (user \"u\"): a token must be 1 to 8192 visible ASCII characters"
    ));
    let twice = fault(&(entry("secret-secret-secret") + &entry("secret-secret-secret")));
    assert!(
        twice.ends_with("auth.tokens[1] (user \"u\"): the token is a duplicate"),
        "{twice}"
    );
    assert!(!twice.contains("secret"));
    for text in [
        "[auth]\ntokens = \"secret\"",
        "[auth]\ntokens = [\"secret\"]",
        "[store]\nurl = \"postgres://secret@h/d?sslmode=no\"",
    ] {
        assert!(!fault(text).contains("secret"), "{}", fault(text));
    }
    assert!(
        !fault("[[auth.tokens]]\nuser = \"u\"\ntoken = 1234567890123456").contains("1234567890")
    );
    assert!(
        fault(&entry("0123456789abcdef").replace("\"p\"", "\"\""))
            .ends_with("a project id must not be empty")
    );
}

#[test]
fn example_and_short_tokens_are_refused_on_a_network() {
    let anywhere: SocketAddr = "0.0.0.0:9292".parse().unwrap();
    let error = Config::load(example(), [], Some(anywhere))
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "auth.tokens[0] (user \"admin\") is a credential of the example configuration, and server.listen, 0.0.0.0:9292, is not a \
         loopback address; replace it, or set auth.development = true"
    );
    let short = file("[[auth.tokens]]\nuser = \"u\"\ntoken = \"0123456789abcde\"");
    assert!(
        Config::load(short.path(), [], Some(anywhere))
            .unwrap_err()
            .to_string()
            .contains("has fewer than 16 characters")
    );
    let good = file("[[auth.tokens]]\nuser = \"u\"\ntoken = \"0123456789abcdef\"");
    assert!(Config::load(good.path(), [], Some(anywhere)).is_ok());
    let development = (
        OsString::from("IMAGE_TAGS__AUTH__DEVELOPMENT"),
        OsString::from("true"),
    );
    assert!(Config::load(example(), [development], Some(anywhere)).is_ok());
}

#[test]
fn a_service_behind_a_proxy_or_with_a_public_endpoint_is_on_a_network() {
    for (variable, value, says) in [
        (
            "IMAGE_TAGS__SERVER__PUBLIC_ENDPOINT",
            "https://image.example.com/x",
            "and the host of server.public_endpoint, image.example.com, is not loopback",
        ),
        (
            "IMAGE_TAGS__SERVER__PUBLIC_ENDPOINT",
            "http://192.0.2.1:9292",
            "public_endpoint, 192.0.2.1, is not loopback",
        ),
        (
            "IMAGE_TAGS__SERVER__TRUSTED_PROXIES",
            "[\"127.0.0.1/32\"]",
            "and server.trusted_proxies is not empty",
        ),
    ] {
        let error = with_environment(&[(variable, value)]).unwrap_err();
        assert!(
            matches!(&error, ConfigError::Unsafe(text) if text.contains(says)),
            "{error}"
        );
        assert!(
            with_environment(&[(variable, value), ("IMAGE_TAGS__AUTH__DEVELOPMENT", "true")])
                .is_ok()
        );
        let good = file("[[auth.tokens]]\nuser = \"u\"\ntoken = \"0123456789abcdef\"");
        assert!(Config::load(good.path(), [(variable.into(), value.into())], None).is_ok());
    }
    for endpoint in [
        "http://localhost:9292",
        "http://127.1.2.3/image",
        "https://[::1]:1",
        "",
    ] {
        assert!(
            with_environment(&[("IMAGE_TAGS__SERVER__PUBLIC_ENDPOINT", endpoint)]).is_ok(),
            "{endpoint}"
        );
    }
}

#[test]
fn the_url_of_a_database_has_nothing_in_it_that_its_driver_would_ignore() {
    for (url, says) in [
        (
            "mysql://me:secret@db/images?ssl_mode=VERIFY_IDENTITY",
            "has an option ssl_mode that the driver of its database does not know; it knows ssl-mode",
        ),
        (
            "postgres://me:secret@db/images?sslpassword=secret",
            "has an option sslpassword that the driver",
        ),
        (
            "sqlite:///var/lib/x.db?cache_size=secret",
            "has an option cache_size that the driver",
        ),
        (
            "postgres://me@db/images?sslmode=secret",
            "has a value for sslmode that the driver",
        ),
    ] {
        let of_file = fault(&format!("[store]\nurl = \"{url}\""));
        let of_environment = with_environment(&[("IMAGE_TAGS__STORE__URL", url)])
            .unwrap_err()
            .to_string();
        for fault in [of_file, of_environment] {
            assert!(fault.contains(says) && !fault.contains("secret"), "{fault}");
        }
    }
}

#[test]
fn limits_that_cannot_work_stop_the_start() {
    for (variable, value) in [
        ("IMAGE_TAGS__LIMITS__HEAD_BYTES", "100"),
        ("IMAGE_TAGS__LIMITS__HEADERS", "0"),
        ("IMAGE_TAGS__LIMITS__CONNECTIONS", "0"),
        ("IMAGE_TAGS__LOG__LEVEL", "a=b=c"),
        ("IMAGE_TAGS__LOG__LEVEL", "inof"),
        ("IMAGE_TAGS__LOG__LEVEL", ""),
        ("IMAGE_TAGS__SERVER__BODY_SECONDS", "61"),
        ("IMAGE_TAGS__SERVER__PATH_PREFIX", "image"),
        ("IMAGE_TAGS__SERVER__PATH_PREFIX", "/image/"),
        (
            "IMAGE_TAGS__SERVER__PUBLIC_ENDPOINT",
            "http://user:password@x",
        ),
        ("IMAGE_TAGS__SERVER__PUBLIC_ENDPOINT", "ftp://x"),
        ("IMAGE_TAGS__SERVER__PUBLIC_ENDPOINT", "http://x/?y"),
        ("IMAGE_TAGS__AUTH__WWW_AUTHENTICATE_URI", ""),
    ] {
        assert!(
            matches!(
                with_environment(&[(variable, value)]),
                Err(ConfigError::Value(_))
            ),
            "{variable}"
        );
    }
}

#[test]
fn the_configuration_shows_no_token() {
    let shown = format!("{:?}", Config::load(example(), [], None).unwrap());
    assert!(!shown.contains("0c3a50a694f44b748abd8e0660ecbd45"));
}

#[test]
fn a_bad_user_or_project_stops_the_start_and_is_named() {
    let project = "[[identity.projects]]\nid = \"1\"\nname = \"p\"\n";
    let user =
        |rest: &str| format!("[[identity.users]]\nname = \"u\"\npassword = \"secret\"\n{rest}");
    for (text, says) in [
        (
            project.repeat(2),
            "identity.projects[1] (\"p\"): the id or the name is a duplicate",
        ),
        (
            project.replace("\"1\"", "\"\""),
            "identity.projects[0] (\"p\"): the id and the name must not be empty",
        ),
        (
            user("").repeat(2),
            "identity.users[1] (\"u\"): the id or the name is a duplicate",
        ),
        (
            user("").replace("secret", ""),
            "identity.users[0] (\"u\"): a password must have 1 to 8192 bytes",
        ),
        (
            user("").replace("secret", &"secret".repeat(2000)),
            "identity.users[0] (\"u\"): a password must have 1 to 8192 bytes",
        ),
        (
            user("id = \"\""),
            "identity.users[0] (\"u\"): the id and the name must not be empty",
        ),
        (
            user("projects = { q = [] }"),
            "identity.users[0] (\"u\"): there is no project \"q\"",
        ),
    ] {
        let fault = fault(&text);
        assert!(fault.ends_with(says), "{fault}");
        assert!(!fault.contains("secret"), "{fault}");
    }
}

#[test]
fn example_and_short_passwords_are_refused_on_a_network() {
    let anywhere: SocketAddr = "0.0.0.0:9292".parse().unwrap();
    let text =
        "[identity]\nenabled = true\n[[identity.users]]\nname = \"u\"\npassword = \"PASSWORD\"";
    let load = |password: &str, text: &str| {
        let file = file(&text.replace("PASSWORD", password));
        Config::load(file.path(), [], Some(anywhere)).map_err(|error| error.to_string())
    };
    let error = load("demo-of-the-example", text).unwrap_err();
    assert!(
        error.starts_with(
            "identity.users (\"u\"): the password is a credential of the example configuration"
        ),
        "{error}"
    );
    assert!(!error.contains("demo-of"), "{error}");
    let error = load("fifteen-letters", text).unwrap_err();
    assert!(
        error.contains("the password has fewer than 16 characters"),
        "{error}"
    );
    // A part of the example is none of its passwords.
    for password in [
        "one-of-my-own-making",
        "demo-of-the-example ",
        "the tokens of the",
    ] {
        assert!(load(password, text).is_ok(), "{password}");
    }
    assert!(load("demo-of-the-example", &text.replace("true", "false")).is_ok());
}

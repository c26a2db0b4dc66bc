//! Values that stop the start.

use image_tags::config::{Config, ConfigError, StoreUrl};

use super::load::{file, load_error, with_environment};

#[test]
fn a_malformed_variable_is_an_error_that_names_it() {
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
            "IMAGE_TAGS__SERVER__DRAIN_SECONDS",
            "86401",
            "expected 0, or a number of seconds from 0.001 to 86400",
        ),
        (
            "IMAGE_TAGS__SERVER__LISTEN",
            "here",
            "expected an address with a port, such as 127.0.0.1:9292, or unix: and an absolute path",
        ),
        (
            "IMAGE_TAGS__METRICS__LISTEN",
            "localhost:9293",
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
fn a_malformed_file_is_an_error_with_the_line() {
    assert_eq!(
        load_error("[server]\nlisten = 1"),
        "FILE:2: invalid type: integer, expected a string"
    );
    assert_eq!(
        load_error("\n[servr]"),
        "FILE:2: unknown field `servr`, expected one of `server`, `store`, `glance`, `data`, `import`, `auth`, `identity`, `cors`, `limits`, `policy`, `tags`, `log`, `metrics`, `images`"
    );
    assert_eq!(
        load_error("[log]\nformat = \"xml\""),
        "FILE:2: unknown variant `xml`, expected one of `text`, `json`, `oslo`"
    );
    assert_eq!(
        load_error("[store]\nurl = \"redis:\""),
        "FILE:2: the URL of a store is needed: memory:, sqlite:, postgres: or mysql:"
    );
    assert!(load_error("[server]\nfoo = 1").starts_with("FILE:2: unknown field `foo`"));
    assert!(load_error("[server").starts_with("FILE:1: "));
    assert_eq!(
        Config::load("/nope.toml".as_ref(), [], None)
            .unwrap_err()
            .to_string(),
        "/nope.toml: No such file or directory (os error 2)"
    );
}

#[test]
fn a_database_url_with_an_option_that_its_driver_ignores_is_an_error() {
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
        let of_file = load_error(&format!("[store]\nurl = \"{url}\""));
        let of_environment = with_environment(&[("IMAGE_TAGS__STORE__URL", url)])
            .unwrap_err()
            .to_string();
        for error in [of_file, of_environment] {
            assert!(error.contains(says) && !error.contains("secret"), "{error}");
        }
    }
}

#[test]
fn the_password_of_the_database_can_be_in_a_file() {
    let secret = file("se/c%41r@t\n");
    let secret = secret.path().to_str().unwrap();
    let load = |url: &str, file: &str| {
        with_environment(&[
            ("IMAGE_TAGS__STORE__URL", url),
            ("IMAGE_TAGS__STORE__PASSWORD_FILE", file),
        ])
    };
    for (url, completed) in [
        (
            "postgres://me@db/images?sslmode=require",
            "postgres://me:se%2Fc%2541r%40t@db/images?sslmode=require&",
        ),
        (
            "mysql://me@db/images",
            "mysql://me:se%2Fc%2541r%40t@db/images?",
        ),
    ] {
        let config = load(url, secret).unwrap();
        let url = String::from(config.store.url.clone());
        assert!(url.starts_with(completed), "{url}");
        assert!(!format!("{config:?}").contains("%2541"));
    }
    for url in [
        "postgres://me:other@db/images",
        "postgres://me@db/images?password=other",
        "postgres://db/images",
        "sqlite:///tmp/images.db",
        "memory:",
    ] {
        assert_eq!(
            load(url, secret).unwrap_err().to_string(),
            "store.password_file: requires a url with a user and without a password",
            "{url}"
        );
    }
    let unreadable = load("mysql://me@db/images", "/nowhere/password").unwrap_err();
    assert!(
        unreadable
            .to_string()
            .starts_with("store.password_file: /nowhere/password: ")
    );
    assert_eq!(with_environment(&[]).unwrap().store.url, StoreUrl::Memory);
}

#[test]
fn unusable_values_are_errors() {
    for (variable, value) in [
        ("IMAGE_TAGS__LIMITS__HEAD_BYTES", "100"),
        ("IMAGE_TAGS__LIMITS__HEADERS", "0"),
        ("IMAGE_TAGS__LIMITS__CONNECTIONS", "0"),
        ("IMAGE_TAGS__TAGS__HISTORY_DAYS", "36501"),
        ("IMAGE_TAGS__LOG__LEVEL", "a=b=c"),
        ("IMAGE_TAGS__LOG__LEVEL", "inof"),
        ("IMAGE_TAGS__LOG__LEVEL", ""),
        ("IMAGE_TAGS__SERVER__BODY_SECONDS", "61"),
        ("IMAGE_TAGS__SERVER__DISABLE_FILE", "disabled"),
        ("IMAGE_TAGS__SERVER__THREADS", "1025"),
        ("IMAGE_TAGS__SERVER__PATH_PREFIX", "image"),
        ("IMAGE_TAGS__SERVER__PATH_PREFIX", "/image/"),
        (
            "IMAGE_TAGS__SERVER__PUBLIC_ENDPOINT",
            "http://user:password@x",
        ),
        ("IMAGE_TAGS__SERVER__PUBLIC_ENDPOINT", "ftp://x"),
        ("IMAGE_TAGS__SERVER__PUBLIC_ENDPOINT", "http://x/?y"),
        ("IMAGE_TAGS__AUTH__WWW_AUTHENTICATE_URI", ""),
        // The address of the service.
        ("IMAGE_TAGS__METRICS__LISTEN", "127.0.0.1:9292"),
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
fn beside_a_glance_what_belongs_to_glance_is_not_configured() {
    let store = (
        "IMAGE_TAGS__STORE__URL",
        "glance+mysql://me:secret@db/glance",
    );
    let with_images = with_environment(&[store]).unwrap_err().to_string();
    assert!(with_images.contains("images: "), "{with_images}");
    let load = |text: &str| load_error(&format!("[store]\nurl = \"{}\"\n{text}", store.1));
    for (text, says) in [
        ("[data]\nurl = \"file:///data\"", "data.url: "),
        ("[glance]\nupstream = \"ftp://glance\"", "glance.upstream: "),
    ] {
        let error = load(text);
        assert!(error.contains(says) && !error.contains("secret"), "{error}");
    }
    let alone = load_error("[glance]\nassume_checked = true");
    assert!(alone.contains("glance: store.url"), "{alone}");
    for url in [
        "glance+mysql://db",
        "glance+mysql://db/a%2Fb",
        "glance+sqlite:/file",
    ] {
        let error = load_error(&format!("[store]\nurl = \"{url}\""));
        assert!(error.starts_with("FILE:2: the "), "{url}: {error}");
    }
}

#[test]
fn data_that_cannot_be_kept_is_an_error_that_names_the_key() {
    let url = "IMAGE_TAGS__DATA__URL";
    let sqlite = ("IMAGE_TAGS__STORE__URL", "sqlite:///tmp/images.db");
    let s3 = (url, "s3://bucket/prefix");
    let id = ("IMAGE_TAGS__DATA__ACCESS_KEY_ID", "id");
    let secret = ("IMAGE_TAGS__DATA__SECRET_ACCESS_KEY", "s3cr3t");
    let file = ("IMAGE_TAGS__DATA__SECRET_ACCESS_KEY_FILE", "/nowhere/key");
    for (variables, says) in [
        (&[sqlite, (url, "memory:")][..], "data.url: memory: loses"),
        (
            &[(url, "file:///nowhere/at/all")],
            "data.url: /nowhere/at/all: neither",
        ),
        (
            &[(url, "file:///etc/hostname")],
            "data.url: /etc/hostname: it is not a directory",
        ),
        (&[s3, id], "data.secret_access_key: required"),
        (&[s3, secret], "data.access_key_id: required"),
        (
            &[s3, id, secret, file],
            "data.secret_access_key_file: /nowhere/key",
        ),
        (
            &[s3, ("IMAGE_TAGS__DATA__ENDPOINT", "host")],
            "data.endpoint: expected",
        ),
        (
            &[s3, ("IMAGE_TAGS__DATA__CAFILE", "/nowhere/ca")],
            "data.cafile: /nowhere/ca",
        ),
        (
            &[(url, "s3://id:s3cr3t@bucket")],
            "IMAGE_TAGS__DATA__URL: data.url: a URL",
        ),
    ] {
        let error = with_environment(variables).unwrap_err().to_string();
        assert!(
            error.starts_with(says) && !error.contains("s3cr3t"),
            "{error}"
        );
    }
    for variables in [
        &[sqlite, (url, "discard:")][..],
        &[sqlite],
        &[(url, "file:///tmp")],
        &[s3, id, secret],
        &[s3],
    ] {
        with_environment(variables).unwrap();
    }
    let config = with_environment(&[s3, id, secret]).unwrap();
    assert!(!format!("{config:?}").contains("s3cr3t"));
}

#[test]
fn an_origin_that_no_browser_sends_is_an_error() {
    let load = |text: &str| load_error(&format!("[cors]\nallowed_origins = {text}"));
    for origin in [
        "horizon.example.com",
        "https://horizon.example.com/",
        "https://horizon.example.com:443",
        "https://Horizon.example.com",
        "https://user@horizon.example.com",
        "ftp://horizon.example.com",
        "null",
        "",
    ] {
        let error = load(&format!("[\"https://a.example.com\", {origin:?}]"));
        let says = format!("cors.allowed_origins: {origin:?}: expected");
        assert!(error.starts_with(&says), "{error}");
    }
    let error = load("[\"*\", \"https://a.example.com\"]");
    assert!(error.starts_with("cors.allowed_origins: \"*\""), "{error}");
    let error = load("[\"*\"]\nallow_credentials = true");
    assert!(error.starts_with("cors.allow_credentials: "), "{error}");
}

//! Credentials that are refused on a network.

use std::ffi::OsString;
use std::net::SocketAddr;

use image_tags::config::{Config, ConfigError};

use super::load::{file, with_environment};
use crate::support::example;

#[test]
fn example_and_short_tokens_are_refused_on_a_network() {
    let anywhere: SocketAddr = "0.0.0.0:9292".parse().unwrap();
    let error = Config::load(example(), [], Some(anywhere.into()))
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "auth.tokens[0] (user \"admin\") is a credential of the example configuration, and server.listen, 0.0.0.0:9292, is not a \
         loopback address; replace it, or set auth.development = true"
    );
    let short = file("[[auth.tokens]]\nuser = \"u\"\ntoken = \"0123456789abcde\"");
    assert!(
        Config::load(short.path(), [], Some(anywhere.into()))
            .unwrap_err()
            .to_string()
            .contains("has fewer than 16 characters")
    );
    let good = file("[[auth.tokens]]\nuser = \"u\"\ntoken = \"0123456789abcdef\"");
    assert!(Config::load(good.path(), [], Some(anywhere.into())).is_ok());
    let development = (
        OsString::from("IMAGE_TAGS__AUTH__DEVELOPMENT"),
        OsString::from("true"),
    );
    assert!(Config::load(example(), [development], Some(anywhere.into())).is_ok());
}

#[test]
fn a_trusted_proxy_and_a_public_endpoint_count_as_a_network() {
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
fn example_and_short_passwords_are_refused_on_a_network() {
    let anywhere: SocketAddr = "0.0.0.0:9292".parse().unwrap();
    let text =
        "[identity]\nenabled = true\n[[identity.users]]\nname = \"u\"\npassword = \"PASSWORD\"";
    let load = |password: &str, text: &str| {
        let file = file(&text.replace("PASSWORD", password));
        Config::load(file.path(), [], Some(anywhere.into())).map_err(|error| error.to_string())
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
    // A text that only resembles a password of the example is accepted.
    for password in [
        "one-of-my-own-making",
        "demo-of-the-example ",
        "the tokens of the",
    ] {
        assert!(load(password, text).is_ok(), "{password}");
    }
    assert!(load("demo-of-the-example", &text.replace("true", "false")).is_ok());
}

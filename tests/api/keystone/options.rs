//! The options of `[auth.keystone]`: secrets from files and the environment, and what is refused.

use std::ffi::OsString;

use image_tags::config::{AuthType, Config, KeystoneConfig};
use secrecy::SecretString;
use tempfile::NamedTempFile;

use crate::support::keystone::options;

#[test]
fn the_password_is_read_from_the_environment_or_a_file() {
    let (file, secret) = (NamedTempFile::new().unwrap(), NamedTempFile::new().unwrap());
    let text = "[auth]\nmode = 'keystone'\n[auth.keystone]\nauth_url = 'http://x/v3'\n\
                username = 'u'\nproject_name = 'p'\n";
    std::fs::write(file.path(), text).unwrap();
    std::fs::write(secret.path(), "of the service\n").unwrap();
    let load = |name: &str, value: &str| {
        let variable = (
            OsString::from(format!("IMAGE_TAGS__AUTH__KEYSTONE__{name}")),
            OsString::from(value),
        );
        Config::load(file.path(), [variable], None)
    };
    for config in [
        load("PASSWORD", "of the service"),
        load("PASSWORD_FILE", secret.path().to_str().unwrap()),
    ] {
        let config = config.unwrap();
        let login = format!("{:?}", config.auth.keystone.options().unwrap());
        assert!(
            !login.contains("of the service") && !format!("{config:?}").contains("of the service")
        );
    }
    assert_eq!(
        load("USERNAME", "x").unwrap_err().to_string(),
        "auth.keystone.password: required, here or in password_file"
    );
    assert!(
        load("PASSWORD_FILE", "/dev/null")
            .unwrap_err()
            .to_string()
            .ends_with("password_file: /dev/null: the file is empty")
    );
    assert!(
        load("PASSWORD_FILE", "/nope")
            .unwrap_err()
            .to_string()
            .starts_with("auth.keystone.password_file: /nope: ")
    );
}

#[test]
fn invalid_options_stop_the_start() {
    type Change = fn(&mut KeystoneConfig);
    let cases: [(Change, &str); 9] = [
        (
            |options| options.auth_url.clear(),
            "auth_url: expected an http or https URL",
        ),
        (
            |options| options.auth_url = "ldap://x".to_owned(),
            "auth_url: expected an http or https URL",
        ),
        (
            |options| options.auth_url = "http://u:secret@x".to_owned(),
            "auth_url: must not contain a user or a password, which have their own keys",
        ),
        (
            |options| options.username.clear(),
            "username: the service's own user is required",
        ),
        (
            |options| options.project_name.clear(),
            "project_name: the project of the service is required",
        ),
        (
            |options| options.password = SecretString::default(),
            "password: required, here or in password_file",
        ),
        (
            |options| options.proxy = "secret".to_owned(),
            "proxy: expected an http or https URL",
        ),
        (
            |options| options.cafile = "/nope".into(),
            "cafile: /nope: No such file or directory (os error 2)",
        ),
        (
            |options| options.auth_type = AuthType::V3ApplicationCredential,
            "application_credential_id: the credential is required",
        ),
    ];
    for (change, message) in cases {
        let mut options = options("http://127.0.0.1:5000");
        change(&mut options);
        assert_eq!(options.options().unwrap_err(), message);
    }
}

#[test]
fn keystone_excludes_static_tokens_and_the_embedded_identity() {
    let file = NamedTempFile::new().unwrap();
    for (text, message) in [
        (
            "[identity]\nenabled = true",
            "identity.enabled: the embedded identity requires auth.mode = \"static\"",
        ),
        (
            "[[auth.tokens]]\nuser = 'u'\ntoken = '0123456789abcdef'",
            "auth.tokens: static tokens require auth.mode = \"static\"",
        ),
    ] {
        std::fs::write(file.path(), text).unwrap();
        let mode = (
            OsString::from("IMAGE_TAGS__AUTH__MODE"),
            OsString::from("keystone"),
        );
        assert_eq!(
            Config::load(file.path(), [mode], None)
                .unwrap_err()
                .to_string(),
            message
        );
    }
}

//! How the service itself logs in at Keystone, and where it then asks for tokens.

use std::ffi::OsString;
use std::net::TcpListener;

use axum::http::StatusCode;
use image_tags::config::{AuthType, Config, Interface, KeystoneConfig};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use super::status;
use crate::support::keystone::{SERVICE, StandIn, VALID, body_of, in_an_hour, options, valid};

#[tokio::test]
async fn what_is_asked_is_what_the_identity_api_documents() {
    let keystone = StandIn::start().await;
    keystone.answers(VALID, valid(VALID), 1).await;
    assert_eq!(status(&keystone.app(|_| {}), VALID).await, StatusCode::OK);
    let requests = keystone.server.received_requests().await.unwrap();
    let login: serde_json::Value = requests[0].body_json().unwrap();
    let domain = json!({"name": "Default"});
    assert_eq!(
        login["auth"],
        json!({
            "identity": {"methods": ["password"], "password": {"user": {
                "name": "image-tags", "domain": domain, "password": "of-the-service",
            }}},
            "scope": {"project": {"name": "service", "domain": domain}},
        })
    );
    assert_eq!(
        (requests[1].url.path(), requests[1].url.query()),
        ("/v3/auth/tokens", Some("nocatalog"))
    );
    assert_eq!(requests[1].headers["x-auth-token"], format!("{SERVICE}-0"));
    assert_eq!(requests[1].headers["x-subject-token"], VALID);
}

#[tokio::test]
async fn an_application_credential_goes_by_its_id_or_by_its_name_and_user() {
    for (id, name, expected) in [
        ("1234", "", json!({"id": "1234", "secret": "hidden"})),
        (
            "",
            "tags",
            json!({"name": "tags", "user": {"name": "image-tags", "domain": {"name": "Default"}}, "secret": "hidden"}),
        ),
    ] {
        let keystone = StandIn::start().await;
        keystone.answers(VALID, valid(VALID), 1).await;
        let app = keystone.app(|keystone| {
            keystone.auth_type = AuthType::V3ApplicationCredential;
            keystone.application_credential_id = id.to_owned();
            keystone.application_credential_name = name.to_owned();
            keystone.application_credential_secret = "hidden".into();
        });
        assert_eq!(status(&app, VALID).await, StatusCode::OK);
        let login: Value = keystone.server.received_requests().await.unwrap()[0]
            .body_json()
            .unwrap();
        let identity =
            json!({"methods": ["application_credential"], "application_credential": expected});
        assert_eq!(login["auth"], json!({ "identity": identity }));
    }
}

#[tokio::test]
async fn version_3_is_found_from_the_root_and_below_a_path() {
    let versions = |href: &str| {
        let links = json!([{"rel": "self", "href": href}]);
        json!({"versions": {"values": [{"id": "v3.14", "status": "stable", "links": links}]}})
    };
    let elsewhere = "http://elsewhere.example.com/v3/";
    for (at, answer) in [
        (
            "",
            ResponseTemplate::new(300).set_body_json(versions(elsewhere)),
        ),
        (
            "/",
            ResponseTemplate::new(200).set_body_json(versions("/v3")),
        ),
        ("", ResponseTemplate::new(404)),
        ("", ResponseTemplate::new(200).set_body_string("welcome")),
    ] {
        let keystone = StandIn::start().await;
        keystone.answers(VALID, valid(VALID), 1).await;
        Mock::given(path("/"))
            .respond_with(answer)
            .expect(1)
            .mount(&keystone.server)
            .await;
        let app = keystone.app(|options| options.auth_url = keystone.server.uri() + at);
        assert_eq!(status(&app, VALID).await, StatusCode::OK);
    }
}

#[tokio::test]
async fn tokens_are_validated_at_the_endpoint_of_the_region_and_interface() {
    let [login, here, there] = [
        StandIn::start().await,
        StandIn::start().await,
        StandIn::start().await,
    ];
    let endpoint = |keystone: &StandIn, interface: &str, region: &str| json!({"interface": interface, "region_id": region, "region": region, "url": keystone.server.uri() + "/"});
    let mut body = body_of(SERVICE, in_an_hour());
    body["token"]["catalog"] = json!([
        {"type": "image", "endpoints": [endpoint(&login, "internal", "here")]},
        {"type": "identity", "endpoints": [
            endpoint(&there, "internal", "there"), endpoint(&login, "public", "here"), endpoint(&here, "internal", "here"),
        ]},
    ]);
    login.server.reset().await;
    let answer = ResponseTemplate::new(201)
        .insert_header("X-Subject-Token", SERVICE)
        .set_body_json(body);
    Mock::given(method("POST"))
        .respond_with(answer)
        .mount(&login.server)
        .await;
    for keystone in [&login, &here, &there] {
        keystone.answers(VALID, valid(VALID), 1..).await;
    }
    for (keystone, region, interface) in [
        (&here, "here", Interface::Internal),
        (&there, "there", Interface::Internal),
        (&there, "", Interface::Internal),
        (&login, "", Interface::Public),
        (&login, "", Interface::Admin),
        (&login, "nowhere", Interface::Internal),
    ] {
        let app = login.app(|options| {
            (options.region_name, options.interface) = (region.to_owned(), interface)
        });
        let before = keystone.validations().await;
        assert_eq!(
            status(&app, VALID).await,
            StatusCode::OK,
            "{region} {interface:?}"
        );
        assert_eq!(
            keystone.validations().await,
            before + 1,
            "{region} {interface:?}"
        );
    }
}

#[tokio::test]
async fn the_service_logs_in_again_once_if_its_own_token_is_refused() {
    let keystone = StandIn::start().await;
    let refused = Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(401))
        .up_to_n_times(1);
    refused.mount(&keystone.server).await;
    keystone.answers(VALID, valid(VALID), 1).await;
    let app = keystone.app(|_| {});
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    assert_eq!(keystone.logins(), 2);
    // Not again and again.
    keystone
        .answers("other", ResponseTemplate::new(401), 2)
        .await;
    assert_eq!(status(&app, "other").await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(keystone.logins(), 3);
}

#[tokio::test]
async fn a_login_that_is_refused_is_503_and_not_tried_by_every_request() {
    let keystone = StandIn::that_refuses_logins(TcpListener::bind("127.0.0.1:0").unwrap()).await;
    let login = Mock::given(method("POST"))
        .and(path("/v3/auth/tokens"))
        .respond_with(ResponseTemplate::new(401));
    login.expect(1).mount(&keystone.server).await;
    let app = keystone.app(|_| {});
    for token in ["one", "two", "three"] {
        assert_eq!(status(&app, token).await, StatusCode::SERVICE_UNAVAILABLE);
    }
}

#[tokio::test]
async fn the_credentials_follow_no_redirect() {
    let other = StandIn::start().await;
    let keystone = StandIn::that_refuses_logins(TcpListener::bind("127.0.0.1:0").unwrap()).await;
    let to = other.server.uri() + "/v3/auth/tokens";
    let redirect = ResponseTemplate::new(307).insert_header("Location", to);
    Mock::given(method("POST"))
        .respond_with(redirect)
        .mount(&keystone.server)
        .await;
    assert_eq!(
        status(&keystone.app(|_| {}), VALID).await,
        StatusCode::SERVICE_UNAVAILABLE
    );
    assert_eq!(other.logins(), 0);
}

#[tokio::test]
async fn requests_go_through_the_proxy_that_is_configured() {
    let proxy = StandIn::start().await;
    proxy.answers(VALID, valid(VALID), 1).await;
    let app = proxy.app(|options| {
        options.auth_url = "http://keystone.invalid:5000/v3".to_owned();
        options.proxy = proxy.server.uri();
    });
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
}

#[test]
fn the_password_comes_from_the_environment_or_from_a_file() {
    let (file, secret) = (NamedTempFile::new().unwrap(), NamedTempFile::new().unwrap());
    let text = "[auth]\nmode = 'keystone'\n[auth.keystone]\nauth_url = 'http://x/v3'\nusername = 'u'\nproject_name = 'p'\n";
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
fn options_that_cannot_work_stop_the_start() {
    type Spoil = fn(&mut KeystoneConfig);
    let cases: [(Spoil, &str); 9] = [
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
    for (spoil, says) in cases {
        let mut options = options("http://127.0.0.1:5000");
        spoil(&mut options);
        assert_eq!(options.options().unwrap_err(), says);
    }
}

#[test]
fn keystone_is_not_mixed_with_other_tokens() {
    let file = NamedTempFile::new().unwrap();
    for (text, says) in [
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
            says
        );
    }
}

#[tokio::test]
async fn a_token_of_the_service_that_ends_soon_is_used_to_its_end_if_there_is_no_other() {
    let keystone = StandIn::that_refuses_logins(TcpListener::bind("127.0.0.1:0").unwrap()).await;
    let soon = Timestamp::now() + SignedDuration::from_secs(20);
    let once = ResponseTemplate::new(201)
        .insert_header("X-Subject-Token", SERVICE)
        .set_body_json(body_of(SERVICE, soon));
    Mock::given(method("POST"))
        .respond_with(once)
        .up_to_n_times(1)
        .mount(&keystone.server)
        .await;
    let app = keystone.app(|_| {});
    for token in ["one", "another"] {
        keystone.answers(token, valid(token), 1).await;
        assert_eq!(status(&app, token).await, StatusCode::OK);
    }
}

//! The login of the service at Keystone, and the endpoint at which it then validates tokens.

use std::net::TcpListener;

use axum::http::StatusCode;
use image_tags::config::{AuthType, Interface};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use super::status;
use crate::support::keystone::{MockKeystone, SERVICE, VALID, body_of, in_an_hour, valid};

#[tokio::test]
async fn requests_are_as_the_identity_api_documents_them() {
    let keystone = MockKeystone::start().await;
    keystone.respond_to(VALID, valid(VALID), 1).await;
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
async fn an_application_credential_is_sent_by_id_or_by_name_and_user() {
    for (id, name, expected) in [
        ("1234", "", json!({"id": "1234", "secret": "hidden"})),
        (
            "",
            "tags",
            json!({
                "name": "tags",
                "user": {"name": "image-tags", "domain": {"name": "Default"}},
                "secret": "hidden",
            }),
        ),
    ] {
        let keystone = MockKeystone::start().await;
        keystone.respond_to(VALID, valid(VALID), 1).await;
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
async fn version_3_is_discovered_from_the_root_and_from_a_path() {
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
        let keystone = MockKeystone::start().await;
        keystone.respond_to(VALID, valid(VALID), 1).await;
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
        MockKeystone::start().await,
        MockKeystone::start().await,
        MockKeystone::start().await,
    ];
    let endpoint = |keystone: &MockKeystone, interface: &str, region: &str| {
        json!({
            "interface": interface,
            "region_id": region,
            "region": region,
            "url": keystone.server.uri() + "/",
        })
    };
    let mut body = body_of(SERVICE, in_an_hour());
    body["token"]["catalog"] = json!([
        {"type": "image", "endpoints": [endpoint(&login, "internal", "here")]},
        {"type": "identity", "endpoints": [
            endpoint(&there, "internal", "there"),
            endpoint(&login, "public", "here"),
            endpoint(&here, "internal", "here"),
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
        keystone.respond_to(VALID, valid(VALID), 1..).await;
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
            (options.region_name, options.interface) = (region.to_owned(), interface);
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
async fn the_service_logs_in_again_once_after_its_own_token_is_refused() {
    let keystone = MockKeystone::start().await;
    let refused = Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(401))
        .up_to_n_times(1);
    refused.mount(&keystone.server).await;
    keystone.respond_to(VALID, valid(VALID), 1).await;
    let app = keystone.app(|_| {});
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
    assert_eq!(keystone.logins(), 2);
    // It does not log in a second time for the same request.
    keystone
        .respond_to("other", ResponseTemplate::new(401), 2)
        .await;
    assert_eq!(status(&app, "other").await, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(keystone.logins(), 3);
}

#[tokio::test]
async fn a_refused_login_gives_503_and_is_not_retried_by_every_request() {
    let keystone = MockKeystone::rejecting_logins(TcpListener::bind("127.0.0.1:0").unwrap()).await;
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
async fn credentials_are_not_sent_to_a_redirect_target() {
    let other = MockKeystone::start().await;
    let keystone = MockKeystone::rejecting_logins(TcpListener::bind("127.0.0.1:0").unwrap()).await;
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
async fn requests_use_the_configured_proxy() {
    let proxy = MockKeystone::start().await;
    proxy.respond_to(VALID, valid(VALID), 1).await;
    let app = proxy.app(|options| {
        options.auth_url = "http://keystone.invalid:5000/v3".to_owned();
        options.proxy = proxy.server.uri();
    });
    assert_eq!(status(&app, VALID).await, StatusCode::OK);
}

#[tokio::test]
async fn the_service_uses_its_own_token_until_expiry_if_it_cannot_renew_it() {
    let keystone = MockKeystone::rejecting_logins(TcpListener::bind("127.0.0.1:0").unwrap()).await;
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
        keystone.respond_to(token, valid(token), 1).await;
        assert_eq!(status(&app, token).await, StatusCode::OK);
    }
}

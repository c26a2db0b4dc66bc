//! Logins that are refused.

use axum::http::{Method, StatusCode};
use image_tags::config::Config;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::calls::{TOKENS, login, login_with, password, project};
use crate::support::TestApp;

#[tokio::test(start_paused = true)]
async fn a_refused_login_is_401_without_the_reason() {
    let app = TestApp::new();
    let mut texts = Vec::new();
    for body in [
        password("demo", "wrong", project("demo")),
        password("nobody", "demo-of-the-example", project("demo")),
        password("demo", "demo-of-the-example", project("other")),
        password("demo", "demo-of-the-example", project("nothing")),
        password(
            "demo",
            "demo-of-the-example",
            json!({"domain": {"id": "default"}}),
        ),
        password(
            "demo",
            "demo-of-the-example",
            json!({"system": {"all": true}}),
        ),
        password(
            "demo",
            "demo-of-the-example",
            json!({"project": {"name": "demo", "domain": {"id": "another"}}}),
        ),
        login_with(
            &json!({"methods": ["password"], "password": {"user": {"name": "demo", "domain": {"id": "another"}, "password": "demo-of-the-example"}}}),
            Value::Null,
        ),
        login_with(
            &json!({"methods": ["token"], "token": {"id": "garbage"}}),
            Value::Null,
        ),
        login_with(&json!({"methods": ["totp"]}), Value::Null),
    ] {
        let response = login(&app, &body).await;
        assert_eq!(response.header("x-subject-token"), None);
        assert!(response.header("x-openstack-request-id").is_some());
        texts.push(response.to_text());
    }
    texts.dedup();
    assert_snapshot!(texts.join("\n"), @r#"
    401 Unauthorized
    content-length: 108
    content-type: application/json
    www-authenticate: Keystone uri="http://127.0.0.1:9292/identity"

    {"error":{"code":401,"message":"The request you have made requires authentication.","title":"Unauthorized"}}
    "#);
}

#[tokio::test]
async fn a_malformed_login_is_400_and_no_part_of_it_is_shown() {
    let app = TestApp::new();
    let mut texts = Vec::new();
    for body in [
        json!({}),
        json!([]),
        json!({"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "demo", "password": 12_345_678}}}}}),
        json!({"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "demo", "password": "12345678"}}}}}),
        json!({"auth": {"identity": {"methods": ["password"], "password": "12345678"}}}),
        json!({"auth": {"identity": {"methods": ["password", "token"]}}}),
        password("demo", "12345678", json!({"project": {"name": "demo"}})),
        password("demo", "12345678", json!({"project": "12345678"})),
    ] {
        let response = login(&app, &body).await;
        assert!(!response.body.contains("12345678"), "{}", response.body);
        texts.push(format!("{} {}", response.status.as_str(), response.body));
    }
    assert_snapshot!(texts.join("\n"), @r#"
    400 {"error":{"code":400,"message":"Expecting to find a valid login: missing field `auth`","title":"Bad Request"}}
    400 {"error":{"code":400,"message":"Expecting to find a valid login: a part of it has another form","title":"Bad Request"}}
    400 {"error":{"code":400,"message":"Expecting to find a valid login: a part of it has another form","title":"Bad Request"}}
    400 {"error":{"code":400,"message":"Expecting to find the domain of the user.","title":"Bad Request"}}
    400 {"error":{"code":400,"message":"Expecting to find a valid login: a part of it has another form","title":"Bad Request"}}
    400 {"error":{"code":400,"message":"Expecting to find one of the methods password and token.","title":"Bad Request"}}
    400 {"error":{"code":400,"message":"Expecting to find the id of a project, or its name and domain.","title":"Bad Request"}}
    400 {"error":{"code":400,"message":"Expecting to find a project in the scope.","title":"Bad Request"}}
    "#);
    let malformed = app.anon().send_body(Method::POST, TOKENS, &[], "x").await;
    assert_snapshot!(malformed.to_text(), @r#"
    400 Bad Request
    content-length: 88
    content-type: application/json

    {"error":{"code":400,"message":"Malformed JSON in request body.","title":"Bad Request"}}
    "#);
}

#[tokio::test]
async fn a_login_for_a_project_without_a_role_is_401() {
    let text = "[identity]\nenabled = true\n[[identity.projects]]\nid = \"1\"\nname = \"p\"\n\
                [[identity.users]]\nname = \"u\"\npassword = \"secret\"\nprojects = { p = [] }";
    let app =
        TestApp::with(|config| config.identity = toml::from_str::<Config>(text).unwrap().identity);
    assert_eq!(
        login(&app, &password("u", "secret", project("p")))
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        login(&app, &password("u", "secret", None)).await.status,
        StatusCode::CREATED
    );
}

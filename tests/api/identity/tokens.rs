//! Tokens: expiry, revocation, validation and exchange.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::calls::{TOKENS, demo, login, login_with, password, project, send, tag, token};
use crate::support::{ADMIN, MEMBER, TestApp};

#[tokio::test]
async fn a_token_can_be_exchanged_for_one_of_another_scope_that_expires_no_later() {
    let app = TestApp::new();
    let unscoped = login(
        &app,
        &password("admin", "admin-of-the-example", Value::Null),
    )
    .await;
    let first = unscoped.header("x-subject-token").unwrap();
    let again = login_with(
        &json!({"methods": ["token"], "token": {"id": first}}),
        project("demo"),
    );
    let scoped = login(&app, &again).await;
    assert_eq!(scoped.status, StatusCode::CREATED);
    let (before, after) = (unscoped.json(), scoped.json());
    assert_eq!(after["token"]["expires_at"], before["token"]["expires_at"]);
    assert_eq!(
        (
            &after["token"]["project"]["name"],
            before["token"].get("project")
        ),
        (&json!("demo"), None)
    );
    assert_eq!(before["token"].get("catalog"), None);
    assert_eq!(
        tag(&app, scoped.header("x-subject-token").unwrap()).await,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn a_revoked_token_and_an_expired_one_are_401() {
    let app = TestApp::new();
    let (kept, revoked) = (demo(&app).await, demo(&app).await);
    let own = [
        ("X-Auth-Token", revoked.as_str()),
        ("X-Subject-Token", revoked.as_str()),
    ];
    assert_eq!(
        send(&app, Method::DELETE, TOKENS, &own, &Value::Null)
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(tag(&app, &revoked).await, StatusCode::UNAUTHORIZED);
    assert_eq!(
        send(&app, Method::GET, TOKENS, &own, &Value::Null)
            .await
            .status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(tag(&app, &kept).await, StatusCode::NO_CONTENT);

    let app = TestApp::with(|config| config.identity.token_lifetime = Duration::from_secs(2));
    let short = demo(&app).await;
    assert_eq!(tag(&app, &short).await, StatusCode::NO_CONTENT);
    tokio::time::sleep(Duration::from_millis(2100)).await;
    assert_eq!(tag(&app, &short).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn users_validate_their_own_tokens_and_an_admin_any() {
    let app = TestApp::new();
    let demo = demo(&app).await;
    let other = token(
        &app,
        &password("other", "other-of-the-example", project("other")),
    )
    .await;
    let admin = token(
        &app,
        &password("admin", "admin-of-the-example", project("admin")),
    )
    .await;
    for (caller, subject, status) in [
        (demo.as_str(), demo.as_str(), 200),
        (&admin, &demo, 200),
        (ADMIN, MEMBER, 200),
        (&other, &demo, 403),
        (&demo, "garbage", 404),
        ("garbage", &demo, 401),
    ] {
        for method in [Method::GET, Method::HEAD] {
            let response = send(
                &app,
                method,
                TOKENS,
                &[("X-Auth-Token", caller), ("X-Subject-Token", subject)],
                &Value::Null,
            )
            .await;
            assert_eq!(response.status.as_u16(), status);
        }
    }
    let shown = send(
        &app,
        Method::GET,
        &format!("{TOKENS}?nocatalog"),
        &[("X-Auth-Token", &demo), ("X-Subject-Token", &demo)],
        &Value::Null,
    )
    .await;
    assert_eq!(
        (
            &shown.json()["token"]["user"]["name"],
            shown.json()["token"].get("catalog")
        ),
        (&json!("demo"), None)
    );
    assert_eq!(shown.header("x-subject-token"), Some(demo.as_str()));
}

#[tokio::test]
async fn a_static_token_cannot_be_exchanged() {
    // The user of the token may have more rights in the directory than the token itself.
    let app = TestApp::with(|config| {
        let user = config.identity.users()[0].id.clone();
        config.auth.tokens[1].identity.user = user;
    });
    let body = login_with(
        &json!({"methods": ["token"], "token": {"id": MEMBER}}),
        project("admin"),
    );
    assert_eq!(login(&app, &body).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_static_token_cannot_be_revoked() {
    let app = TestApp::new();
    let tokens = [("X-Auth-Token", ADMIN), ("X-Subject-Token", MEMBER)];
    let response = send(&app, Method::DELETE, TOKENS, &tokens, &Value::Null).await;
    assert_snapshot!(response.to_text(), @r#"
    403 Forbidden
    content-length: 133
    content-type: application/json

    {"error":{"code":403,"message":"You are not authorized to perform the requested action: identity:revoke_token.","title":"Forbidden"}}
    "#);
    assert_eq!(tag(&app, MEMBER).await, StatusCode::NO_CONTENT);
}

//! Errors in the form of Keystone, and the limit of concurrent logins.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use insta::assert_snapshot;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::calls::{TOKENS, password, send};
use crate::support::log::Log;
use crate::support::{ADMIN, TestApp};

#[tokio::test]
async fn errors_have_the_form_of_keystone() {
    let app = TestApp::with(|config| config.limits.body_bytes = 100);
    let post = async |body: Value| send(&app, Method::POST, TOKENS, &[], &body).await.to_text();
    assert_snapshot!(post(json!({"auth": "x".repeat(200)})).await, @r#"
    413 Payload Too Large
    content-length: 84
    content-type: application/json

    {"error":{"code":413,"message":"Request is too large.","title":"Payload Too Large"}}
    "#);
    assert_snapshot!(post(json!([])).await, @r#"
    400 Bad Request
    content-length: 119
    content-type: application/json

    {"error":{"code":400,"message":"Expecting to find a valid login: a part of it has another form","title":"Bad Request"}}
    "#);
    let get = async |path: &str, tokens: &[(&str, &str)]| {
        let path = format!("/identity/v3/{path}");
        send(&app, Method::GET, &path, tokens, &Value::Null)
            .await
            .to_text()
    };
    let admin = [("X-Auth-Token", ADMIN)];
    assert_snapshot!(get("projects/x%FF", &admin).await, @r#"
    400 Bad Request
    content-length: 177
    content-type: application/json

    {
      "error": {
        "code": 400,
        "message": "Error decoding your request. Either the URL or the request body contained characters that could not be decoded by Glance",
        "title": "Bad Request"
      }
    }
    "#);
    assert_snapshot!(get("projects/x%20y", &admin).await, @r#"
    404 Not Found
    content-length: 83
    content-type: application/json

    {"error":{"code":404,"message":"Could not find project: x y.","title":"Not Found"}}
    "#);
    assert_snapshot!(get("projects", &[]).await, @r#"
    401 Unauthorized
    content-length: 108
    content-type: application/json
    www-authenticate: Keystone uri="http://127.0.0.1:9292/identity"

    {"error":{"code":401,"message":"The request you have made requires authentication.","title":"Unauthorized"}}
    "#);
}

#[tokio::test]
async fn the_log_shows_the_cause_of_a_503() {
    let log = Log::start();
    let app = TestApp::new();
    let wrong = password("demo", "wrong", None);
    let responses = at_once(&app, &wrong, 9).await;
    assert_eq!(
        responses
            .iter()
            .filter(|status| **status == StatusCode::SERVICE_UNAVAILABLE)
            .count(),
        1
    );
    let (failed, others): (Vec<_>, Vec<_>) = log
        .requests()
        .into_iter()
        .partition(|line| line["status"] == 503);
    assert_eq!((failed.len(), others.len()), (1, 8));
    assert_eq!(
        failed[0]["cause"],
        "Too many logins at once. Please try again at a later time.: too many logins at once"
    );
    assert!(others.iter().all(|line| line["cause"].is_null()));
}

/// The statuses of `count` identical logins that run concurrently.
async fn at_once(app: &TestApp, body: &Value, count: usize) -> Vec<StatusCode> {
    let login = |_| {
        let (api, body) = (app.api.clone(), body.to_string());
        async move {
            api.answer(Request::post(TOKENS).body(Body::from(body)).unwrap())
                .await
                .status()
        }
    };
    (0..count)
        .map(login)
        .collect::<JoinSet<_>>()
        .join_all()
        .await
}

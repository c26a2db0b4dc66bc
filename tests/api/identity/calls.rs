//! Login requests, and calls of the Identity API.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{DEBIAN, Response, TestApp};

pub const TOKENS: &str = "/identity/v3/auth/tokens";

pub fn password(user: &str, password: &str, scope: impl Into<Option<Value>>) -> Value {
    let user = json!({"name": user, "domain": {"id": "default"}, "password": password});
    login_with(
        &json!({"methods": ["password"], "password": {"user": user}}),
        scope,
    )
}

pub fn login_with(identity: &Value, scope: impl Into<Option<Value>>) -> Value {
    let mut auth = json!({"identity": identity});
    if let Some(scope) = scope.into().filter(|scope| !scope.is_null()) {
        auth["scope"] = scope;
    }
    json!({"auth": auth})
}

pub fn project(name: &str) -> Value {
    json!({"project": {"name": name, "domain": {"id": "default"}}})
}

pub async fn send(
    app: &TestApp,
    method: Method,
    path: &str,
    tokens: &[(&str, &str)],
    body: &Value,
) -> Response {
    let mut headers = vec![("Host", "cloud.example.com")];
    headers.extend(tokens);
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    app.anon().send_body(method, path, &headers, body).await
}

pub async fn login(app: &TestApp, body: &Value) -> Response {
    send(app, Method::POST, TOKENS, &[], body).await
}

/// The token of a successful login.
pub async fn token(app: &TestApp, body: &Value) -> String {
    let response = login(app, body).await;
    assert_eq!(response.status, StatusCode::CREATED, "{}", response.body);
    response.header("x-subject-token").unwrap().to_owned()
}

pub async fn demo(app: &TestApp) -> String {
    token(
        app,
        &password("demo", "demo-of-the-example", project("demo")),
    )
    .await
}

pub async fn tag(app: &TestApp, token: &str) -> StatusCode {
    let path = format!("/v2/images/{DEBIAN}/tags/x");
    send(
        app,
        Method::PUT,
        &path,
        &[("X-Auth-Token", token)],
        &Value::Null,
    )
    .await
    .status
}

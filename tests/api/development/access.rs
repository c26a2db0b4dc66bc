//! Who may use `/development`, and where it exists.

use axum::http::{Method, StatusCode};
use serde_json::Value;

use super::{FAULTS, RESET, add, app, everything, outcome};
use crate::support::TestApp;

#[tokio::test]
async fn without_development_nothing_is_there() {
    let app = TestApp::new();
    for (method, path) in [
        (Method::POST, RESET),
        (Method::POST, FAULTS),
        (Method::GET, FAULTS),
        (Method::DELETE, "/development/faults/1"),
    ] {
        let response = app.admin().send(method, path, &[]).await;
        assert_eq!(response.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(outcome(&app, "/v2/images").await, (200, None));
}

#[tokio::test]
async fn only_an_admin_may_use_it() {
    let app = app();
    for path in [RESET, FAULTS] {
        let body = everything().to_string();
        let response = app
            .member()
            .send_body(Method::POST, path, &[], body.clone())
            .await;
        assert_eq!(response.status, StatusCode::FORBIDDEN, "{path}");
        let response = app.anon().send_body(Method::POST, path, &[], body).await;
        assert_eq!(response.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(outcome(&app, "/v2/images").await, (200, None));
}

#[tokio::test]
async fn other_paths_and_methods_do_not_exist() {
    let app = app();
    for (method, path, status, allow) in [
        (Method::GET, RESET, 405, Some("POST")),
        (Method::PUT, FAULTS, 405, Some("GET, POST, DELETE")),
        (Method::GET, "/development/faults/1", 405, Some("DELETE")),
        (Method::DELETE, "/development/faults/1", 404, None),
        (Method::DELETE, "/development/faults/x", 404, None),
        (Method::GET, "/development", 404, None),
        (Method::GET, "/development/", 404, None),
    ] {
        let response = app.admin().send(method, path, &[]).await;
        assert_eq!(response.status.as_u16(), status, "{path}");
        assert_eq!(response.header("allow"), allow, "{path}");
    }
}

#[tokio::test]
async fn health_and_development_itself_never_fail_on_purpose() {
    let app = app();
    let id = add(&app, &everything()).await;
    assert_eq!(outcome(&app, "/healthcheck").await, (200, None));
    let list = app.admin().get(FAULTS).await;
    assert_eq!(list.status, StatusCode::OK);
    for path in ["/", "/versions", "/v2/images", "/identity/v3"] {
        assert_eq!(outcome(&app, path).await, (503, Some(id)), "{path}");
    }
    let gone = app.admin().send(Method::DELETE, FAULTS, &[]).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let list: Value = app.admin().get(FAULTS).await.json();
    assert_eq!(list["faults"], Value::Array(Vec::new()));
    assert_eq!(outcome(&app, "/v2/images").await, (200, None));
}

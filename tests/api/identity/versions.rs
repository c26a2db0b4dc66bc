//! The paths of the Identity API, and its version documents.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::calls::{TOKENS, login, password, project, send};
use crate::support::{ADMIN, DEBIAN, MEMBER, TestApp};

#[tokio::test]
async fn version_documents_are_found_below_every_prefix() {
    let app = TestApp::with(|config| config.server.path_prefix = "/cloud".to_owned());
    for (path, status) in [
        ("/identity", 300),
        ("/identity/", 300),
        ("/cloud/identity", 300),
        ("/identity/v3", 200),
        ("/cloud/identity/v3/", 200),
    ] {
        let response = send(&app, Method::GET, path, &[], &Value::Null).await;
        assert_eq!(response.status.as_u16(), status);
        let body = response.json();
        let version = body
            .get("version")
            .unwrap_or(&body["versions"]["values"][0]);
        assert_eq!(
            (&version["id"], &version["status"]),
            (&json!("v3.14"), &json!("stable"))
        );
        assert_eq!(
            version["links"][0]["href"],
            "http://cloud.example.com/cloud/identity/v3/"
        );
    }
}

#[tokio::test]
async fn without_configuration_there_is_no_identity_api() {
    let app = TestApp::with(|config| config.identity.enabled = false);
    for path in ["/identity", "/identity/v3", TOKENS] {
        let response = send(&app, Method::GET, path, &[], &Value::Null).await;
        assert_eq!(
            (
                response.status,
                response.json()["versions"][0]["id"].as_str()
            ),
            (StatusCode::MULTIPLE_CHOICES, Some("v2.7"))
        );
    }
    let response = login(
        &app,
        &password("demo", "demo-of-the-example", project("demo")),
    )
    .await;
    assert_eq!(
        (response.status, response.header("x-subject-token")),
        (StatusCode::MULTIPLE_CHOICES, None)
    );
}

#[tokio::test]
async fn the_identity_api_ignores_a_trailing_slash_and_the_image_api_does_not() {
    let app = TestApp::new();
    let tokens = [("X-Auth-Token", ADMIN), ("X-Subject-Token", MEMBER)];
    for path in [
        "",
        "/v3",
        "/v3/auth/tokens",
        "/v3/auth/catalog",
        "/v3/auth/projects",
        "/v3/projects",
        "/v3/domains/default",
        "/v3/users/admin/projects",
        "/v3/nope",
    ] {
        let path = format!("/identity{path}");
        let plain = send(&app, Method::GET, &path, &tokens, &Value::Null).await;
        let slashed = send(
            &app,
            Method::GET,
            &format!("{path}/"),
            &tokens,
            &Value::Null,
        )
        .await;
        assert_eq!(
            (plain.status, plain.body),
            (slashed.status, slashed.body),
            "{path}"
        );
    }
    let body = password("demo", "demo-of-the-example", None);
    assert_eq!(
        send(&app, Method::POST, &format!("{TOKENS}/"), &[], &body)
            .await
            .status,
        StatusCode::CREATED
    );
    let image = format!("/v2/images/{DEBIAN}/");
    assert_eq!(
        send(&app, Method::DELETE, &image, &tokens[..1], &Value::Null)
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        app.member()
            .get(&format!("/v2/images/{DEBIAN}"))
            .await
            .status,
        StatusCode::OK
    );
}

//! Deactivating and reactivating an image.

use axum::http::{Method, StatusCode};
use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Client, DEBIAN, Response, TestApp, UBUNTU};

/// Calls an action of an image: `deactivate` or `reactivate`.
pub async fn act(client: Client<'_>, image: &str, action: &str) -> Response {
    let path = format!("/v2/images/{image}/actions/{action}");
    client.send(Method::POST, &path, &[]).await
}

#[tokio::test]
async fn an_image_is_deactivated_and_reactivated_any_number_of_times() {
    let app = TestApp::new();
    for (action, status) in [
        ("deactivate", "deactivated"),
        ("deactivate", "deactivated"),
        ("reactivate", "active"),
        ("reactivate", "active"),
    ] {
        let response = act(app.member(), DEBIAN, action).await;
        assert_eq!(response.status, StatusCode::NO_CONTENT);
        assert_eq!(app.member().image(DEBIAN).await["status"], status);
    }
}

#[tokio::test]
async fn a_queued_image_cannot_be_deactivated() {
    let app = TestApp::new();
    let queued = app.member().create(json!({})).await;
    let response = act(app.member(), &queued, "deactivate").await;
    assert_snapshot!(response.to_text(), @"
    403 Forbidden
    content-type: text/plain; charset=UTF-8

    403 Forbidden

    Not allowed to deactivate image in status 'queued'
    ");
}

#[tokio::test]
async fn readers_and_strangers_cannot_deactivate_an_image() {
    let app = TestApp::new();
    assert_snapshot!(act(app.reader(), DEBIAN, "deactivate").await.to_line(), @"403 You are not authorized to complete deactivate action.");
    assert_snapshot!(act(app.stranger(), UBUNTU, "deactivate").await.to_line(), @"403 You are not authorized to complete deactivate action.");
    assert_snapshot!(act(app.stranger(), DEBIAN, "deactivate").await.to_line(), @"404 No image found with ID 82c96579-ba53-4a84-a69a-716382fe0293");
    assert_snapshot!(act(app.anon(), DEBIAN, "deactivate").await.to_line(), @"401 This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.");
}

#[tokio::test]
async fn another_action_is_404_and_another_method_405() {
    let app = TestApp::new();
    assert_snapshot!(act(app.member(), DEBIAN, "nope").await.to_text(), @"
    404 Not Found
    content-type: text/plain; charset=UTF-8

    404 Not Found

    The resource could not be found.
    ");
    let path = format!("/v2/images/{DEBIAN}/actions/deactivate");
    assert_snapshot!(app.member().get(&path).await.to_text(), @"
    405 Method Not Allowed
    allow: POST
    content-type: text/plain; charset=UTF-8

    405 Method Not Allowed

    The method GET is not allowed for this resource.
    ");
}

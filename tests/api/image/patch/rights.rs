//! Who may patch an image.

use axum::http::StatusCode;
use insta::assert_snapshot;
use serde_json::json;

use crate::support::{DEBIAN, TestApp, UBUNTU};

#[tokio::test]
async fn readers_and_strangers_cannot_patch_an_image_but_an_admin_can() {
    let app = TestApp::new();
    let change = json!([{"op": "add", "path": "/x", "value": "y"}]);
    assert_snapshot!(app.reader().patch(DEBIAN, &change).await.to_line(), @"403 You are not authorized to complete modify_image action.");
    assert_snapshot!(app.stranger().patch(UBUNTU, &change).await.to_line(), @"403 You are not authorized to complete modify_image action.");
    assert_snapshot!(app.stranger().patch(DEBIAN, &change).await.to_line(), @"404 No image found with ID 82c96579-ba53-4a84-a69a-716382fe0293");
    assert_snapshot!(app.anon().patch(DEBIAN, &change).await.to_line(), @"401 This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.");
    assert_snapshot!(app.member().patch("nope", &change).await.to_line(), @"404 No image found with ID nope");
    assert_snapshot!(app.admin().patch(DEBIAN, &change).await.to_line(), @"200");
}

/// As in Glance.
#[tokio::test]
async fn an_empty_patch_needs_no_more_than_the_right_to_see_the_image() {
    let app = TestApp::new();
    assert_snapshot!(app.reader().patch(DEBIAN, &json!([])).await.to_line(), @"200");
    assert_snapshot!(app.stranger().patch(DEBIAN, &json!([])).await.to_line(), @"404 No image found with ID 82c96579-ba53-4a84-a69a-716382fe0293");
}

#[tokio::test]
async fn an_admin_gives_an_image_to_another_project() {
    let app = TestApp::new();
    let owner =
        json!([{"op": "replace", "path": "/owner", "value": "c27a8b5e60d14f3f9b1a7e4d2c6f8053"}]);
    assert_eq!(
        app.admin().patch(DEBIAN, &owner).await.status,
        StatusCode::OK
    );
    let shown = app.member().get(&format!("/v2/images/{DEBIAN}")).await;
    assert_eq!(shown.status, StatusCode::NOT_FOUND);
    let tagged = app.stranger().put_tag(DEBIAN, "mine").await;
    assert_eq!(tagged.status, StatusCode::NO_CONTENT);
}

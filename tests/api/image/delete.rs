//! Deleting an image.

use axum::http::{Method, StatusCode};
use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Client, DEBIAN, Response, TestApp, UBUNTU};

async fn delete(client: Client<'_>, id: &str) -> Response {
    client
        .send(Method::DELETE, &format!("/v2/images/{id}"), &[])
        .await
}

#[tokio::test]
async fn a_protected_image_stays_even_for_an_admin() {
    let app = TestApp::new();
    let id = app.member().create(json!({"protected": true})).await;
    let member = delete(app.member(), &id).await.to_text();
    let admin = delete(app.admin(), &id).await.to_text();
    assert_eq!(member, admin);
    assert_snapshot!(member.replace(&id, "ID"), @"
    403 Forbidden
    content-type: text/plain; charset=UTF-8

    403 Forbidden

    Image ID is protected and cannot be deleted.
    ");
}

#[tokio::test]
async fn readers_and_strangers_cannot_delete_an_image() {
    let app = TestApp::new();
    let reader = delete(app.reader(), UBUNTU).await.to_text();
    let stranger = delete(app.stranger(), UBUNTU).await.to_text();
    assert_eq!(reader, stranger);
    assert_snapshot!(reader, @"
    403 Forbidden
    content-type: text/plain; charset=UTF-8

    403 Forbidden

    You are not authorized to complete delete_image action.
    ");
    let unseen = delete(app.stranger(), DEBIAN).await;
    assert_eq!(unseen.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_deleted_image_is_gone() {
    let app = TestApp::new();
    assert_snapshot!(delete(app.member(), DEBIAN).await.to_text(), @"
    204 No Content
    content-length: 0
    content-type: text/html; charset=UTF-8
    ");
    assert_snapshot!(delete(app.member(), DEBIAN).await.to_text(), @"
    404 Not Found
    content-type: text/plain; charset=UTF-8

    404 Not Found

    Failed to find image 82c96579-ba53-4a84-a69a-716382fe0293 to delete
    ");
    let tagged = app.member().put_tag(DEBIAN, "x").await;
    assert_eq!(tagged.status, StatusCode::NOT_FOUND);
}

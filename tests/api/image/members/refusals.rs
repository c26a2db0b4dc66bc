//! Calls that are refused.

use axum::http::Method;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::calls::{STRANGER, call, members, set_status, share, shared};
use crate::support::{DEBIAN, TestApp};

#[tokio::test]
async fn only_shared_images_have_members() {
    let app = TestApp::new();
    let mut lines = Vec::new();
    for visibility in ["private", "community"] {
        let id = app.member().create(json!({"visibility": visibility})).await;
        for response in [
            share(app.member(), &id, STRANGER).await,
            set_status(app.admin(), &id, STRANGER, "accepted").await,
            call(app.member(), Method::DELETE, &id, STRANGER, Value::Null).await,
            call(app.member(), Method::GET, &id, "", Value::Null).await,
            call(app.member(), Method::GET, &id, STRANGER, Value::Null).await,
        ] {
            lines.push(format!(
                "{visibility}: {}",
                response.to_line().replace(&id, "ID")
            ));
        }
    }
    assert_snapshot!(lines.join("\n"), @"
    private: 403 Not allowed to create members for image ID.
    private: 403 Not allowed to update members for image ID.
    private: 403 Not allowed to delete members for image ID.
    private: 403 Not allowed to list members for image ID: Only shared images have members.
    private: 404 Only shared images have members.
    community: 403 Not allowed to create members for image ID.
    community: 403 Not allowed to update members for image ID.
    community: 403 Not allowed to delete members for image ID.
    community: 403 Not allowed to list members for image ID: Only shared images have members.
    community: 404 Only shared images have members.
    ");
}

#[tokio::test]
async fn an_image_that_cannot_be_seen_cannot_be_shared() {
    let app = TestApp::new();
    let response = share(app.stranger(), DEBIAN, STRANGER).await;
    assert_snapshot!(response.to_text(), @"
    404 Not Found
    content-type: text/plain; charset=UTF-8

    404 Not Found

    Image 82c96579-ba53-4a84-a69a-716382fe0293 not found.
    ");
}

#[tokio::test]
async fn a_malformed_member_is_400() {
    let (app, id) = shared().await;
    let add = async |body: Value| {
        call(app.member(), Method::POST, &id, "", body)
            .await
            .to_line()
    };
    assert_snapshot!(add(Value::Null).await, @"400 Body expected in request.");
    assert_snapshot!(add(json!({})).await, @"400 Member to be added not specified");
    assert_snapshot!(add(json!([])).await, @r#"400 Expected a member in the form: {"member": "image_id"}"#);
    assert_snapshot!(add(json!({"member": 1})).await, @r#"400 Expected a member in the form: {"member": "image_id"}"#);
    assert_snapshot!(add(json!({"member": ""})).await, @"400 Member can't be empty");
    assert_snapshot!(add(json!({"member": "x".repeat(256)})).await, @"400 The id of a project has at most 255 characters.");
    assert_snapshot!(add(json!({"member": "a\0"})).await, @"400 JSON cannot contain the NUL character.");
}

#[tokio::test]
async fn a_malformed_status_is_400_and_changes_nothing() {
    let (app, id) = shared().await;
    share(app.member(), &id, STRANGER).await;
    let set = async |body: Value| {
        call(app.stranger(), Method::PUT, &id, STRANGER, body)
            .await
            .to_line()
    };
    assert_snapshot!(set(Value::Null).await, @"400 Body expected in request.");
    assert_snapshot!(set(json!({})).await, @"400 Status not specified");
    assert_snapshot!(set(json!([])).await, @r#"400 Expected a status in the form: {"status": "status"}"#);
    assert_snapshot!(set(json!({"status": 1})).await, @r#"400 Incorrect request: Status must be "pending", "accepted" or "rejected"."#);
    assert_snapshot!(set(json!({"status": "x"})).await, @r#"400 Incorrect request: Status must be "pending", "accepted" or "rejected"."#);
    assert_eq!(
        members(app.member(), &id).await,
        [(STRANGER.to_owned(), "pending".to_owned())]
    );
}

#[tokio::test]
async fn a_project_cannot_become_a_member_twice() {
    let (app, id) = shared().await;
    share(app.member(), &id, STRANGER).await;
    let response = share(app.member(), &id, STRANGER).await;
    assert_snapshot!(response.to_text().replace(&id, "ID"), @"
    409 Conflict
    content-type: text/plain; charset=UTF-8

    409 Conflict

    Member c27a8b5e60d14f3f9b1a7e4d2c6f8053 is duplicated for image ID
    ");
    assert_eq!(
        members(app.member(), &id).await,
        [(STRANGER.to_owned(), "pending".to_owned())]
    );
}

#[tokio::test]
async fn the_quota_of_members_holds() {
    let app = TestApp::with(|config| config.limits.members_per_image = 2);
    let id = app.member().create(json!({})).await;
    for project in ["a", "b"] {
        let response = share(app.member(), &id, project).await;
        assert_eq!(response.status.as_u16(), 200);
    }
    let response = share(app.member(), &id, "c").await;
    assert_snapshot!(response.to_text().replace(&id, "ID"), @"
    413 Request Entity Too Large
    content-type: text/plain; charset=UTF-8

    413 Request Entity Too Large

    Image member limit exceeded for image ID: The limit has been exceeded on the number of allowed image members for this image. Attempted: 3, Maximum: 2:
    ");
}

#[tokio::test]
async fn other_methods_are_405_with_the_allowed_ones() {
    let (app, id) = shared().await;
    for (member, allow) in [("", "GET, POST"), ("x", "GET, PUT, DELETE")] {
        let response = call(app.member(), Method::PATCH, &id, member, Value::Null).await;
        assert_eq!(
            (response.status.as_u16(), response.header("allow")),
            (405, Some(allow))
        );
    }
}

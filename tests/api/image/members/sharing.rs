//! How sharing proceeds and what it changes.

use axum::http::{Method, StatusCode};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::calls::{STRANGER, call, members, set_status, share, shared};
use crate::support::Client;

#[tokio::test]
async fn an_image_is_shared_accepted_rejected_and_unshared() {
    let (app, id) = shared().await;
    let listed = async || {
        let list = app.stranger().get("/v2/images?name=shared").await.json();
        list["images"].as_array().unwrap().len()
    };
    let tag = async |client: Client<'_>| client.put_tag(&id, "x").await.status;
    assert_eq!(
        (listed().await, tag(app.stranger()).await),
        (0, StatusCode::NOT_FOUND)
    );

    let added = share(app.member(), &id, STRANGER).await;
    assert_snapshot!(added.to_text().replace(&id, "ID"), @r#"
    200 OK
    content-length: 219
    content-type: application/json

    {
      "member_id": "c27a8b5e60d14f3f9b1a7e4d2c6f8053",
      "image_id": "ID",
      "status": "pending",
      "created_at": "<now>",
      "updated_at": "<now>",
      "schema": "/v2/schemas/member"
    }
    "#);
    let member = added.json();
    assert_eq!(member["created_at"], member["updated_at"]);
    assert_eq!(
        (listed().await, tag(app.stranger()).await),
        (0, StatusCode::FORBIDDEN)
    );

    for (status, expected) in [
        ("accepted", 1),
        ("rejected", 0),
        ("pending", 0),
        ("accepted", 1),
    ] {
        let response = set_status(app.stranger(), &id, STRANGER, status).await;
        assert_eq!(
            (response.status, response.json()["status"].as_str()),
            (StatusCode::OK, Some(status))
        );
        assert_eq!(listed().await, expected, "{status}");
        assert_eq!(
            members(app.member(), &id).await,
            [(STRANGER.to_owned(), status.to_owned())]
        );
    }
    assert_eq!(
        (tag(app.member()).await, tag(app.stranger()).await),
        (StatusCode::NO_CONTENT, StatusCode::FORBIDDEN)
    );

    assert_eq!(
        call(app.member(), Method::DELETE, &id, STRANGER, Value::Null)
            .await
            .status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        (listed().await, tag(app.stranger()).await),
        (0, StatusCode::NOT_FOUND)
    );
}

#[tokio::test]
async fn a_membership_has_its_own_times_and_leaves_those_of_the_image() {
    let (app, id) = shared().await;
    let image = async || app.store.image(id.parse().unwrap()).await.unwrap().unwrap();
    let before = image().await;
    share(app.member(), &id, STRANGER).await;
    let shared = image().await;
    set_status(app.stranger(), &id, STRANGER, "accepted").await;
    let accepted = image().await;
    assert_eq!(
        (shared.updated_at(), accepted.updated_at()),
        (before.updated_at(), before.updated_at())
    );
    let (old, new) = (
        &shared.members[&STRANGER.into()],
        &accepted.members[&STRANGER.into()],
    );
    assert_eq!(old.created_at(), new.created_at());
    assert!(old.created_at() >= before.created_at() && new.updated_at() > old.updated_at());
    app.member().put_tag(&id, "x").await;
    assert_eq!(&image().await.members[&STRANGER.into()], new);
}

#[tokio::test]
async fn an_image_that_becomes_private_is_hidden_from_its_members() {
    let (app, id) = shared().await;
    share(app.member(), &id, STRANGER).await;
    set_status(app.stranger(), &id, STRANGER, "accepted").await;
    for (visibility, status) in [("private", 404), ("community", 200), ("shared", 200)] {
        app.member()
            .patch(
                &id,
                &json!([{"op": "replace", "path": "/visibility", "value": visibility}]),
            )
            .await;
        assert_eq!(
            app.stranger()
                .get(&format!("/v2/images/{id}"))
                .await
                .status
                .as_u16(),
            status
        );
    }
}

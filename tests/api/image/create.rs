//! Creating an image.

use axum::http::StatusCode;
use insta::assert_snapshot;
use serde_json::json;

use crate::support::TestApp;

#[tokio::test]
async fn a_new_image_has_the_given_attributes_and_the_defaults_of_glance() {
    let app = TestApp::new();
    let response = app
        .member()
        .post(&json!({"name": "é", "tags": ["b", "a", "b", "", "a/b", "😀"], "os": "debian", "min_ram": 5}))
        .await;
    let image = response.json();
    let id = image["id"].as_str().unwrap();
    assert_snapshot!(response.to_text().replace(id, "ID"), @r#"
    201 Created
    content-length: 600
    content-type: application/json
    etag: "<state>"
    location: http://127.0.0.1:9292/v2/images/ID
    openstack-image-import-methods: glance-direct
    openstack-image-store-ids: default

    {
      "os": "debian",
      "name": "é",
      "disk_format": null,
      "container_format": null,
      "visibility": "shared",
      "size": null,
      "virtual_size": null,
      "status": "queued",
      "checksum": null,
      "protected": false,
      "min_ram": 5,
      "min_disk": 0,
      "owner": "5ef70662f8b34079a6eddb8da9d75fe8",
      "os_hidden": false,
      "os_hash_algo": null,
      "os_hash_value": null,
      "id": "ID",
      "created_at": "<now>",
      "updated_at": "<now>",
      "tags": [
        "",
        "a",
        "a/b",
        "b",
        "😀"
      ],
      "self": "/v2/images/ID",
      "file": "/v2/images/ID/file",
      "schema": "/v2/schemas/image"
    }
    "#);
    assert_eq!(image, app.member().image(id).await);
}

#[tokio::test]
async fn an_id_can_be_chosen_once() {
    let app = TestApp::new();
    let attributes = json!({"id": "0A1B2C3D-1111-4222-8333-444455556666"});
    assert_eq!(
        app.member().create(attributes.clone()).await,
        "0a1b2c3d-1111-4222-8333-444455556666"
    );
    let again = app.stranger().post(&attributes).await;
    assert_snapshot!(again.to_text(), @"
    409 Conflict
    content-type: text/plain; charset=UTF-8

    409 Conflict

    Image ID 0a1b2c3d-1111-4222-8333-444455556666 already exists!
    ");
}

#[tokio::test]
async fn a_reader_and_an_anonymous_client_cannot_create_an_image() {
    let app = TestApp::new();
    let refused = app.reader().post(&json!({})).await;
    assert_snapshot!(refused.to_text(), @"
    403 Forbidden
    content-type: text/plain; charset=UTF-8

    403 Forbidden

    You are not authorized to complete add_image action.
    ");
    let anonymous = app.anon().post(&json!({})).await;
    assert_eq!(anonymous.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_member_creates_images_for_its_project_and_an_admin_for_any() {
    let app = TestApp::new();
    app.member()
        .create(json!({"visibility": "community", "owner": "5ef70662f8b34079a6eddb8da9d75fe8"}))
        .await;
    let id = app
        .admin()
        .create(json!({"visibility": "public", "owner": "c27a8b5e60d14f3f9b1a7e4d2c6f8053"}))
        .await;
    let tagged = app.stranger().put_tag(&id, "x").await;
    assert_eq!(tagged.status, StatusCode::NO_CONTENT);
}

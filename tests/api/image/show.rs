//! Showing an image, and the schemas.

use axum::http::{Method, StatusCode};
use insta::assert_snapshot;

use super::uploads::{upload, with_formats};
use crate::support::{DEBIAN, TestApp};

#[tokio::test]
async fn an_image_has_the_representation_of_glance() {
    let app = TestApp::new();
    app.member().put_tag(DEBIAN, "b").await;
    app.member().put_tag(DEBIAN, "a").await;
    let response = app.member().get(&format!("/v2/images/{DEBIAN}")).await;
    assert_snapshot!(response.to_text(), @r#"
    200 OK
    content-length: 624
    content-type: application/json
    etag: "<state>"

    {
      "os_distro": "debian",
      "os_version": "12",
      "name": "debian-12",
      "disk_format": "qcow2",
      "container_format": "bare",
      "visibility": "private",
      "size": null,
      "virtual_size": null,
      "status": "active",
      "checksum": null,
      "protected": false,
      "min_ram": 512,
      "min_disk": 2,
      "owner": "5ef70662f8b34079a6eddb8da9d75fe8",
      "os_hidden": false,
      "os_hash_algo": null,
      "os_hash_value": null,
      "id": "82c96579-ba53-4a84-a69a-716382fe0293",
      "created_at": "2026-01-05T09:00:00Z",
      "updated_at": "<now>",
      "tags": [
        "a",
        "b"
      ],
      "self": "/v2/images/82c96579-ba53-4a84-a69a-716382fe0293",
      "file": "/v2/images/82c96579-ba53-4a84-a69a-716382fe0293/file",
      "schema": "/v2/schemas/image"
    }
    "#);
}

#[tokio::test]
async fn an_unknown_image_is_404() {
    let app = TestApp::new();
    let show = async |id: &str| app.member().get(&format!("/v2/images/{id}")).await;
    let unknown = show("11111111-2222-4333-8444-555555555555").await;
    assert_snapshot!(unknown.to_text(), @"
    404 Not Found
    content-type: text/plain; charset=UTF-8

    404 Not Found

    No image found with ID 11111111-2222-4333-8444-555555555555
    ");
    assert_snapshot!(show("debian-12").await.to_text(), @"
    404 Not Found
    content-type: text/plain; charset=UTF-8

    404 Not Found

    No image found with ID debian-12
    ");
    let without_hyphens = show("82c96579ba534a84a69a716382fe0293").await;
    assert_snapshot!(without_hyphens.to_line(), @"404 No image found with ID 82c96579ba534a84a69a716382fe0293");
}

#[tokio::test]
async fn an_id_in_upper_case_is_found_too() {
    let response = TestApp::new()
        .member()
        .get(&format!("/v2/images/{}", DEBIAN.to_uppercase()))
        .await;
    assert_eq!(response.json()["id"], DEBIAN);
}

#[tokio::test]
async fn other_methods_are_405_with_the_allowed_ones() {
    let app = TestApp::new();
    for path in ["/v2/images".to_owned(), format!("/v2/images/{DEBIAN}")] {
        for method in [Method::HEAD, Method::TRACE] {
            let response = app.member().send(method, &path, &[]).await;
            assert_eq!(response.status, StatusCode::METHOD_NOT_ALLOWED);
            assert!(response.header("allow").unwrap().starts_with("GET"));
        }
    }
}

#[tokio::test]
async fn the_schemas_are_served() {
    let app = TestApp::new();
    let schema = async |name: &str| {
        app.member()
            .get(&format!("/v2/schemas/{name}"))
            .await
            .json()
    };
    let (image, images) = (schema("image").await, schema("images").await);
    assert_eq!(images["properties"]["images"]["items"], image);
    assert_eq!(
        schema("members").await["properties"]["members"]["items"],
        schema("member").await
    );
    let shown = app.member().image(DEBIAN).await;
    for attribute in image_tags::image::Attribute::ALL
        .iter()
        .map(|attribute| attribute.name())
    {
        assert!(image["properties"].get(attribute).is_some(), "{attribute}");
        assert!(shown.get(attribute).is_some(), "{attribute}");
    }
    // Nova takes what the schema does not name for a property, and copies it.
    let id = app.member().create(with_formats()).await;
    upload(app.member(), &id, "abc").await;
    for attribute in app.member().image(&id).await.as_object().unwrap().keys() {
        assert!(image["properties"].get(attribute).is_some(), "{attribute}");
    }
    assert_eq!(
        app.member().get("/v2/schemas/nope").await.status,
        StatusCode::NOT_FOUND
    );
    let post = app
        .member()
        .send(Method::POST, "/v2/schemas/image", &[])
        .await;
    assert_eq!(
        (post.status, post.header("allow")),
        (StatusCode::METHOD_NOT_ALLOWED, Some("GET"))
    );
}

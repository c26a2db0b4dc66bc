//! Creating, showing and deleting images.

use axum::http::{Method, StatusCode};
use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Client, DEBIAN, TestApp, UBUNTU};

#[tokio::test]
async fn an_image_is_shown_as_glance_shows_it() {
    let app = TestApp::new();
    app.member().put_tag(DEBIAN, "b").await;
    app.member().put_tag(DEBIAN, "a").await;
    let answer = app.member().get(&format!("/v2/images/{DEBIAN}")).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (StatusCode::OK, Some("application/json"))
    );
    let mut image = answer.json();
    image["updated_at"] = "now".into();
    assert_snapshot!(serde_json::to_string_pretty(&image).unwrap(), @r#"
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
      "updated_at": "now",
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
async fn an_image_that_is_not_there_is_404() {
    let app = TestApp::new();
    for id in [
        "11111111-2222-4333-8444-555555555555",
        "debian-12",
        "82c96579ba534a84a69a716382fe0293",
    ] {
        let answer = app.member().get(&format!("/v2/images/{id}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert_eq!(answer.explanation(), format!("No image found with ID {id}"));
    }
}

#[tokio::test]
async fn the_id_is_found_in_upper_case_too() {
    let answer = TestApp::new()
        .member()
        .get(&format!("/v2/images/{}", DEBIAN.to_uppercase()))
        .await;
    assert_eq!(answer.json()["id"], DEBIAN);
}

#[tokio::test]
async fn other_methods_are_405_with_what_is_allowed() {
    let app = TestApp::new();
    for path in ["/v2/images".to_owned(), format!("/v2/images/{DEBIAN}")] {
        for method in [Method::HEAD, Method::TRACE] {
            let answer = app.member().send(method, &path, &[]).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
            assert!(answer.header("allow").unwrap().starts_with("GET"));
        }
    }
}

#[tokio::test]
async fn a_new_image_has_what_was_said_and_glances_defaults() {
    let app = TestApp::new();
    let answer = app
        .member()
        .post(&json!({"name": "é", "tags": ["b", "a", "b", "", "a/b", "😀"], "os": "debian", "min_ram": 5}))
        .await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let image = answer.json();
    let id = image["id"].as_str().unwrap();
    assert_eq!(
        answer.header("location"),
        Some(&*format!("http://127.0.0.1:9292/v2/images/{id}"))
    );
    assert_eq!(image, app.member().image(id).await);
    assert_eq!(image["tags"], json!(["", "a", "a/b", "b", "😀"]));
    for (name, value) in [
        ("name", json!("é")),
        ("os", json!("debian")),
        ("min_ram", json!(5)),
        ("min_disk", json!(0)),
        ("status", json!("queued")),
        ("visibility", json!("shared")),
        ("owner", json!("5ef70662f8b34079a6eddb8da9d75fe8")),
        ("protected", json!(false)),
        ("size", json!(null)),
    ] {
        assert_eq!(image[name], value, "{name}");
    }
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
    assert_eq!(again.status, StatusCode::CONFLICT);
    assert_eq!(
        again.explanation(),
        "Image ID 0a1b2c3d-1111-4222-8333-444455556666 already exists!"
    );
}

/// The texts are those of a Glance 33, but for the schema that they quote.
#[tokio::test]
async fn what_cannot_be_an_image_is_refused_and_not_created() {
    let app = TestApp::with(|config| config.limits.properties_per_image = 2);
    let forbidden = |text: &str| {
        (
            403,
            format!("Access was denied to this resource.\n\n {text}"),
        )
    };
    let schema = |text: &str| {
        (
            400,
            format!("Provided object does not match schema 'image': {text}"),
        )
    };
    for (attributes, (status, says)) in [
        (json!([]), (400, "Expected a JSON object.".to_owned())),
        (json!({"name": 1}), schema("1 is not of type 'null', 'string'")),
        (json!({"name": "x".repeat(256)}), schema(&format!("'{}' is too long", "x".repeat(256)))),
        (json!({"visibility": "x"}), schema("'x' is not one of ['community', 'public', 'private', 'shared']")),
        (json!({"protected": "true"}), schema("'true' is not of type 'boolean'")),
        (json!({"min_disk": "1"}), schema("'1' is not of type 'integer'")),
        (json!({"min_disk": true}), schema("True is not of type 'integer'")),
        (
            json!({"min_disk": -1}),
            (400, "Invalid value '-1' for parameter 'min_disk': Cannot be a negative value".to_owned()),
        ),
        (
            json!({"min_ram": 99_999_999_999_u64}),
            (400, "'min_ram' value out of range, must not exceed 2147483647.".to_owned()),
        ),
        (
            json!({"disk_format": "foo"}),
            schema(
                "'foo' is not one of [None, 'ami', 'ari', 'aki', 'vhd', 'vhdx', 'vmdk', 'raw', 'qcow2', 'vdi', 'iso', 'ploop']",
            ),
        ),
        (json!({"id": "x"}), schema("'x' does not match '^([0-9a-fA-F]){8}-")),
        (json!({"id": null}), schema("None is not of type 'string'")),
        (
            json!({"foo": 1}),
            schema(
                "1 is not of type 'string'  Failed validating 'type' in schema['additionalProperties']:     {'type': 'string'}  On instance['foo']:     1",
            ),
        ),
        (json!({"foo": null}), schema("None is not of type 'string'")),
        (json!({"tags": "a"}), schema("'a' is not of type 'array'")),
        (
            json!({"tags": [1]}),
            schema(
                "1 is not of type 'string'  Failed validating 'type' in schema['properties']['tags']['items']:     {'type': 'string', 'maxLength': 255}  On instance['tags'][0]:     1",
            ),
        ),
        (json!({"tags": ["a", "x".repeat(256)]}), schema(&format!("'{}' is too long", "x".repeat(256)))),
        (json!({"tags": ["a\0b"]}), (400, "JSON cannot contain the NUL character.".to_owned())),
        (json!({"a\0b": "x"}), (400, "JSON cannot contain the NUL character.".to_owned())),
        (json!({"x".repeat(256): "x"}), (400, "Custom property should not be greater than 255 characters.".to_owned())),
        (json!({"x": "x".repeat(65_536)}), (400, "The value of x has more than 65535 bytes.".to_owned())),
        (json!({"status": "active"}), (403, "Attribute 'status' is read-only.".to_owned())),
        (json!({"size": 1}), (403, "Attribute 'size' is read-only.".to_owned())),
        (json!({"self": "x"}), (403, "Attribute 'self' is read-only.".to_owned())),
        (json!({"checksum": "x"}), (403, "Attribute 'checksum' is read-only.".to_owned())),
        (json!({"deleted": "x"}), (403, "Attribute 'deleted' is reserved.".to_owned())),
        (json!({"os_glance_x": "x"}), (403, "Attribute 'os_glance_x' is reserved.".to_owned())),
        (json!({"owner": "x"}), forbidden("You are not permitted to create images owned by 'x'")),
        (
            json!({"visibility": "public"}),
            (403, "You are not authorized to complete publicize_image action.".to_owned()),
        ),
        (
            json!({"a": "1", "b": "2", "c": "3"}),
            (
                413,
                "The limit has been exceeded on the number of allowed image properties. Attempted: 3, Maximum: 2"
                    .to_owned(),
            ),
        ),
        (
            json!({"tags": (0..129).map(|n| n.to_string()).collect::<Vec<_>>()}),
            (
                413,
                "The limit has been exceeded on the number of allowed image tags. Attempted: 129, Maximum: 128"
                    .to_owned(),
            ),
        ),
    ] {
        let answer = app.member().post(&attributes).await;
        assert_eq!(answer.status.as_u16(), status, "{attributes} {}", answer.body);
        assert!(answer.explanation().starts_with(&says), "{}", answer.body);
    }
    for (body, says) in [
        ("", "Body expected in request."),
        ("x", "Malformed JSON in request body."),
        ("{\"name\": \"\\ud800\"}", "Malformed JSON in request body."),
        ("\"x\"", "Unexpected body type. Expected list/dict."),
    ] {
        let answer = app
            .member()
            .send_body(Method::POST, "/v2/images", &[], body)
            .await;
        assert_eq!(
            (answer.status, answer.explanation()),
            (StatusCode::BAD_REQUEST, says)
        );
    }
    let deep = "[".repeat(100_000);
    assert_eq!(
        app.member()
            .send_body(Method::POST, "/v2/images", &[], deep)
            .await
            .status,
        StatusCode::BAD_REQUEST
    );
    let large = format!("{{\"a\": \"{}\"}}", "x".repeat(1 << 20));
    assert_eq!(
        app.member()
            .send_body(Method::POST, "/v2/images", &[], large)
            .await
            .status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(
        app.member().get("/v2/images").await.json()["images"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[tokio::test]
async fn who_creates_what() {
    let app = TestApp::new();
    let refused = app.reader().post(&json!({})).await;
    assert_eq!(
        (refused.status, refused.explanation()),
        (
            StatusCode::FORBIDDEN,
            "You are not authorized to complete add_image action."
        )
    );
    assert_eq!(
        app.anon().post(&json!({})).await.status,
        StatusCode::UNAUTHORIZED
    );
    app.member()
        .create(json!({"visibility": "community", "owner": "5ef70662f8b34079a6eddb8da9d75fe8"}))
        .await;
    let id = app
        .admin()
        .create(json!({"visibility": "public", "owner": "c27a8b5e60d14f3f9b1a7e4d2c6f8053"}))
        .await;
    assert_eq!(
        app.stranger().put_tag(&id, "x").await.status,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn an_image_is_deleted_by_its_project_unless_it_is_protected() {
    let app = TestApp::new();
    let delete = async |client: Client<'_>, id: &str| {
        client
            .send(Method::DELETE, &format!("/v2/images/{id}"), &[])
            .await
    };
    let kept = app.member().create(json!({"protected": true})).await;
    for client in [app.member(), app.admin()] {
        let answer = delete(client, &kept).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_eq!(
            answer.explanation(),
            format!("Image {kept} is protected and cannot be deleted.")
        );
    }
    for client in [app.reader(), app.stranger()] {
        let answer = delete(client, UBUNTU).await;
        assert_eq!(
            (answer.status, answer.explanation()),
            (
                StatusCode::FORBIDDEN,
                "You are not authorized to complete delete_image action."
            )
        );
    }
    assert_eq!(
        delete(app.stranger(), DEBIAN).await.status,
        StatusCode::NOT_FOUND
    );
    assert_eq!(
        delete(app.member(), DEBIAN).await.status,
        StatusCode::NO_CONTENT
    );
    let again = delete(app.member(), DEBIAN).await;
    assert_eq!(
        (again.status, again.explanation()),
        (
            StatusCode::NOT_FOUND,
            &*format!("Failed to find image {DEBIAN} to delete")
        )
    );
    assert_eq!(
        app.member().put_tag(DEBIAN, "x").await.status,
        StatusCode::NOT_FOUND
    );
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

#[tokio::test]
async fn an_error_quotes_a_long_text_only_in_part() {
    let app = TestApp::new();
    let headers = [
        ("Accept", "text/html"),
        ("Content-Type", "application/json"),
    ];
    let body = json!({"name": "'".repeat(500_000)}).to_string();
    let answer = app
        .member()
        .send_body(Method::POST, "/v2/images", &headers, body)
        .await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert!(
        answer.body.contains("&#x27;&#x27;") && answer.body.len() < 50_000,
        "{}",
        answer.body.len()
    );
}

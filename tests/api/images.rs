//! Showing and listing images.

use axum::http::{Method, StatusCode};
use image_tags::image::{Image, ImageId, Visibility};
use insta::assert_snapshot;

use crate::support::{Client, DEBIAN, TestApp, UBUNTU};

async fn ids(client: Client<'_>, path: &str) -> Vec<String> {
    let list = client.get(path).await.json();
    list["images"].as_array().unwrap().iter().map(|image| image["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_image_is_shown_as_glance_shows_it() {
    let app = TestApp::new();
    app.member().put_tag(DEBIAN, "b").await;
    app.member().put_tag(DEBIAN, "a").await;
    let answer = app.member().get(&format!("/v2/images/{DEBIAN}")).await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, Some("application/json")));
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
    for id in ["11111111-2222-4333-8444-555555555555", "debian-12", "82c96579ba534a84a69a716382fe0293"] {
        let answer = app.member().get(&format!("/v2/images/{id}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert_eq!(answer.explanation(), format!("No image found with ID {id}"));
    }
}

#[tokio::test]
async fn the_id_is_found_in_upper_case_too() {
    let answer = TestApp::new().member().get(&format!("/v2/images/{}", DEBIAN.to_uppercase())).await;
    assert_eq!(answer.json()["id"], DEBIAN);
}

#[tokio::test]
async fn the_list_has_what_the_caller_sees_newest_first() {
    let app = TestApp::new();
    assert_eq!(ids(app.member(), "/v2/images").await, [UBUNTU, DEBIAN]);
    assert_eq!(ids(app.stranger(), "/v2/images").await, [UBUNTU]);
    let list = app.member().get("/v2/images").await.json();
    assert_eq!(list["first"], "/v2/images");
    assert_eq!(list["schema"], "/v2/schemas/images");
    assert_eq!(list.get("next"), None);
}

#[tokio::test]
async fn hidden_images_are_not_listed() {
    let app = TestApp::with(|config| config.images[0].hidden = true);
    for client in [app.member(), app.admin()] {
        assert_eq!(ids(client, "/v2/images").await, [UBUNTU]);
    }
}

#[tokio::test]
async fn pages_follow_one_another_and_hold_every_image_once() {
    let app = TestApp::with(|config| {
        let moment = config.images[0].created_at();
        config.images.extend((0..60).map(|_| {
            // Of the same microsecond: the id decides.
            let mut image = Image::new(ImageId::random(), moment);
            image.visibility = Visibility::Public;
            image
        }));
    });
    for first in ["/v2/images", "/v2/images?limit=7", "/v2/images?limit=62", "/v2/images?limit=1000000"] {
        let (mut path, mut found) = (first.to_owned(), Vec::new());
        loop {
            let list = app.member().get(&path).await.json();
            assert_eq!(list["first"], first);
            found.extend(list["images"].as_array().unwrap().iter().map(|image| image["id"].to_string()));
            match list.get("next") {
                Some(next) => path = next.as_str().unwrap().to_owned(),
                None => break,
            }
        }
        assert_eq!(found.len(), 62);
        found.sort();
        found.dedup();
        assert_eq!(found.len(), 62);
    }
}

#[tokio::test]
async fn a_page_that_cannot_be_is_400() {
    let app = TestApp::new();
    for (query, says) in [
        ("limit=x", "limit param must be an integer"),
        ("limit=-1", "limit param must be positive"),
        ("marker=x", "No image found with ID x"),
        ("marker=11111111-2222-4333-8444-555555555555", "No image found with ID 11111111-2222-4333-8444-555555555555"),
        (
            "marker=%FF",
            "Error decoding your request. Either the URL or the request body contained characters that could not be decoded by Glance",
        ),
    ] {
        let answer = app.member().get(&format!("/v2/images?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
        assert_eq!(answer.explanation(), says);
    }
    let unseen = app.stranger().get(&format!("/v2/images?marker={DEBIAN}")).await;
    assert_eq!(unseen.status, StatusCode::BAD_REQUEST);
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

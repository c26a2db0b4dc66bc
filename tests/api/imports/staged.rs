//! The method `glance-direct`: data that is staged, and then imported.

use std::fs;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use image_tags::data::DataUrl;
use insta::assert_snapshot;
use serde_json::json;

use super::{ended_task, file, import_direct, stage};
use crate::image::uploads::{half_sent_to, queued, until, upload, with_formats};
use crate::support::TestApp;

#[tokio::test]
async fn staged_data_becomes_that_of_the_image_by_an_import() {
    let app = TestApp::new();
    let member = app.member();
    let id = member.create(with_formats()).await;
    assert_eq!(stage(member, &id, "abc").await.to_line(), "204");
    let image = member.image(&id).await;
    assert_eq!(
        (&image["status"], &image["size"]),
        (&json!("uploading"), &json!(3))
    );
    assert_eq!(file(member, &id).await.status, StatusCode::NO_CONTENT);

    assert_eq!(import_direct(member, &id).await.to_line(), "202");
    let image = member.get(&format!("/v2/images/{id}")).await;
    assert_snapshot!(image.to_text().replace(&id, "ID"), @r#"
    200 OK
    content-length: 803
    content-type: application/json
    etag: "<state>"

    {
      "os_glance_importing_to_stores": "",
      "os_glance_failed_import": "",
      "name": null,
      "disk_format": "raw",
      "container_format": "bare",
      "visibility": "shared",
      "size": 3,
      "virtual_size": 3,
      "status": "active",
      "checksum": "900150983cd24fb0d6963f7d28e17f72",
      "protected": false,
      "min_ram": 0,
      "min_disk": 0,
      "owner": "5ef70662f8b34079a6eddb8da9d75fe8",
      "os_hidden": false,
      "os_hash_algo": "sha512",
      "os_hash_value": "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
      "id": "ID",
      "created_at": "<now>",
      "updated_at": "<now>",
      "tags": [],
      "self": "/v2/images/ID",
      "file": "/v2/images/ID/file",
      "schema": "/v2/schemas/image",
      "stores": "default"
    }
    "#);
    assert_eq!(file(member, &id).await.body, "abc");
}

#[tokio::test]
async fn the_task_of_an_import_tells_who_asked_for_it() {
    let app = TestApp::new();
    let member = app.member();
    let id = member.create(with_formats()).await;
    stage(member, &id, "abc").await;
    import_direct(member, &id).await;
    let mut task = ended_task(member, &id).await;
    for member in ["id", "created_at", "updated_at", "expires_at", "request_id"] {
        assert!(task[member].take().is_string(), "{member}");
    }
    let text = serde_json::to_string_pretty(&task).unwrap();
    assert_snapshot!(text.replace(&id, "ID"), @r#"
    {
      "id": null,
      "type": "api_image_import",
      "status": "success",
      "owner": "5ef70662f8b34079a6eddb8da9d75fe8",
      "expires_at": null,
      "created_at": null,
      "updated_at": null,
      "deleted_at": null,
      "deleted": false,
      "image_id": "ID",
      "request_id": null,
      "user_id": "member",
      "input": {
        "image_id": "ID",
        "import_req": {
          "method": {
            "name": "glance-direct"
          }
        },
        "backend": [
          "default"
        ]
      },
      "result": {
        "image_id": "ID"
      },
      "message": ""
    }
    "#);
}

#[tokio::test]
async fn an_image_is_staged_once() {
    let app = TestApp::new();
    let member = app.member();
    let id = member.create(with_formats()).await;
    stage(member, &id, "abc").await;
    let again = stage(member, &id, "de").await;
    assert_snapshot!(again.to_line(), @"409 Image status transition from uploading to uploading is not allowed");
    let uploaded = upload(member, &id, "de").await;
    assert_snapshot!(uploaded.to_line(), @"409 Image status transition from uploading to saving is not allowed");
    import_direct(member, &id).await;
    let after = stage(member, &id, "de").await;
    assert_snapshot!(after.to_line(), @"409 Image status transition from active to uploading is not allowed");
    let again = import_direct(member, &id).await;
    assert_snapshot!(again.to_line(), @"409 Image with status active cannot be target for import");
    assert_eq!(file(member, &id).await.body, "abc");
}

#[tokio::test]
async fn an_import_needs_both_formats_and_all_of_the_data() {
    let server = TestApp::new().listen().await;
    let member = server.app.member();
    let id = member.create(with_formats()).await;
    let line = import_direct(member, &id).await.to_line();
    assert_snapshot!(line, @"409 Image needs to be staged before 'glance-direct' method can be used");

    let mut client = half_sent_to(&server, &format!("/v2/images/{id}/stage")).await;
    until(member, &id, "uploading").await;
    assert_eq!(import_direct(member, &id).await.to_line(), line);
    client.send("b").await;
    assert_eq!(client.response().await.unwrap().status, 204);
    assert_eq!(import_direct(member, &id).await.to_line(), "202");

    for (formats, missing) in [
        (json!({"disk_format": "raw"}), "container_format"),
        (json!({"container_format": "bare"}), "disk_format"),
        (json!({}), "container_format"),
    ] {
        let id = member.create(formats).await;
        assert_eq!(stage(member, &id, "abc").await.to_line(), "204");
        let line = import_direct(member, &id).await.to_line();
        assert_eq!(
            line,
            format!("409 '{missing}' needs to be set before import")
        );
    }
}

#[tokio::test]
async fn who_may_not_change_an_image_neither_stages_nor_imports() {
    let app = TestApp::new();
    let id = app.member().create(with_formats()).await;
    let forbidden = "403 You are not authorized to complete modify_image action.";
    let missing = format!("404 No image found with ID {id}");
    assert_eq!(stage(app.reader(), &id, "abc").await.to_line(), forbidden);
    assert_eq!(stage(app.stranger(), &id, "abc").await.to_line(), missing);
    assert_eq!(stage(app.anon(), &id, "abc").await.status.as_u16(), 401);
    assert_eq!(app.member().image(&id).await["status"], "queued");
    stage(app.member(), &id, "abc").await;
    assert_eq!(import_direct(app.reader(), &id).await.to_line(), forbidden);
    assert_eq!(import_direct(app.stranger(), &id).await.to_line(), missing);
    assert_eq!(import_direct(app.anon(), &id).await.status.as_u16(), 401);
    assert_eq!(app.member().image(&id).await["status"], "uploading");
}

#[tokio::test]
async fn data_of_another_size_than_announced_is_refused_and_the_image_queued() {
    let app = TestApp::new();
    let member = app.member();
    for call in ["stage", "file"] {
        let id = member.create(with_formats()).await;
        for (size, line) in [
            ("5", "400 Size mismatch: expected 5 bytes, got 3 bytes"),
            ("2", "400 Size exceeds: expected 2 bytes, got 3 bytes"),
            ("x", "400 Invalid or missing image size in request headers."),
            ("0", "204"),
        ] {
            let headers = [
                ("Content-Type", "application/octet-stream"),
                ("x-openstack-image-size", size),
            ];
            let path = format!("/v2/images/{id}/{call}");
            let sent = member.send_body(Method::PUT, &path, &headers, "abc").await;
            assert_eq!(sent.to_line(), line, "{call} {size}");
            let is_queued = member.image(&id).await["status"] == "queued";
            assert_eq!(is_queued, line != "204", "{call} {size}");
        }
    }
}

#[tokio::test]
async fn a_client_that_breaks_off_while_it_stages_leaves_a_queued_image() {
    let server = TestApp::new().listen().await;
    let member = server.app.member();
    let id = member.create(with_formats()).await;
    let client = half_sent_to(&server, &format!("/v2/images/{id}/stage")).await;
    until(member, &id, "uploading").await;
    drop(client);
    queued(member, &id).await;
    assert_eq!(stage(member, &id, "abc").await.to_line(), "204");
}

#[tokio::test]
async fn staged_data_goes_with_its_image() {
    let directory = tempfile::tempdir().unwrap();
    let url = DataUrl::File(directory.path().to_owned());
    let app = TestApp::with(|config| config.data.url = Some(url));
    let member = app.member();
    let id = member.create(with_formats()).await;
    stage(member, &id, "abc").await;
    let of_image = directory.path().join(&id);
    assert_eq!(fs::read_dir(&of_image).unwrap().count(), 1);
    let path = format!("/v2/images/{id}");
    let deleted = member.send(Method::DELETE, &path, &[]).await;
    assert_eq!(deleted.to_line(), "204");
    for _ in 0..200 {
        if fs::read_dir(&of_image).map_or(0, Iterator::count) == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the staged data is left");
}

#[tokio::test]
async fn data_that_is_discarded_can_be_staged_and_imported() {
    let app = TestApp::with(|config| {
        config.data.url = Some(DataUrl::Discard);
        config.import.allow = vec!["https://*".parse().unwrap()];
    });
    let member = app.member();
    let info = member.get("/v2/info/import").await.json();
    assert_eq!(info["import-methods"]["value"], json!(["glance-direct"]));
    let id = member.create(with_formats()).await;
    assert_eq!(stage(member, &id, "abc").await.to_line(), "204");
    assert_eq!(import_direct(member, &id).await.to_line(), "202");
    let image = member.image(&id).await;
    assert_eq!(
        (&image["status"], &image["size"]),
        (&json!("active"), &json!(3))
    );
    assert_eq!(ended_task(member, &id).await["status"], "success");
}

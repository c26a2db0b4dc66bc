//! Uploads: who may, what the image shows before and after, and what becomes of one that fails.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use image_tags::data::DataUrl;
use image_tags::image::Status;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::raw::Raw;
use crate::support::{Client, DEBIAN, MEMBER, Response, TestApp, TestServer};

pub async fn upload(client: Client<'_>, image: &str, data: impl Into<Body>) -> Response {
    let headers = [("Content-Type", "application/octet-stream")];
    client
        .send_body(
            Method::PUT,
            &format!("/v2/images/{image}/file"),
            &headers,
            data,
        )
        .await
}

/// The attributes of an image that accepts data.
pub fn with_formats() -> Value {
    json!({"disk_format": "raw", "container_format": "bare"})
}

/// An upload of two bytes; the server has read the first.
pub async fn half_sent(server: &TestServer, image: &str) -> Raw {
    half_sent_to(server, &format!("/v2/images/{image}/file")).await
}

/// Two bytes of data for `path`; the server has read the first.
pub async fn half_sent_to(server: &TestServer, path: &str) -> Raw {
    let head = format!(
        "PUT {path} HTTP/1.1\r\nX-Auth-Token: {MEMBER}\r\nContent-Type: application/octet-stream\r\n"
    );
    let mut client = Raw::before_body(&server.address, head).await;
    client.send("a").await;
    client
}

/// Waits until the image is queued again.
pub async fn queued(client: Client<'_>, image: &str) {
    until(client, image, "queued").await;
}

/// Waits until the image has this status.
pub async fn until(client: Client<'_>, image: &str, status: &str) {
    for _ in 0..200 {
        if client.image(image).await["status"] == status {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the image does not become {status}");
}

#[tokio::test]
async fn an_upload_activates_the_image_and_sets_its_size_and_digests() {
    let app = TestApp::new();
    let id = app.member().create(with_formats()).await;
    let uploaded = upload(app.member(), &id, "abc").await;
    assert_eq!(uploaded.status, StatusCode::NO_CONTENT);
    let image = app.member().get(&format!("/v2/images/{id}")).await;
    assert_snapshot!(image.to_text().replace(&id, "ID"), @r#"
    200 OK
    content-length: 739
    content-type: application/json
    etag: "<state>"

    {
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
    let again = upload(app.member(), &id, "abc").await;
    assert_snapshot!(again.to_text(), @"
    409 Conflict
    content-type: text/plain; charset=UTF-8

    409 Conflict

    Image status transition from active to saving is not allowed
    ");
    let file = app.member().get(&format!("/v2/images/{id}/file")).await;
    assert_eq!((file.status, &*file.body), (StatusCode::OK, "abc"));
}

#[tokio::test]
async fn an_upload_needs_both_formats() {
    let app = TestApp::new();
    let upload_to = async |attributes: Value| {
        let id = app.member().create(attributes).await;
        upload(app.member(), &id, "abc").await.to_line()
    };
    assert_snapshot!(upload_to(json!({})).await, @"400 Properties disk_format, container_format must be set prior to saving data.");
    assert_snapshot!(upload_to(json!({"disk_format": "raw"})).await, @"400 Property container_format must be set prior to saving data.");
    assert_snapshot!(upload_to(json!({"container_format": "bare"})).await, @"400 Property disk_format must be set prior to saving data.");
}

#[tokio::test]
async fn readers_and_strangers_cannot_upload() {
    let app = TestApp::new();
    let mut attributes = with_formats();
    attributes["visibility"] = "community".into();
    let id = app.member().create(attributes).await;
    assert_snapshot!(upload(app.reader(), &id, "abc").await.to_line(), @"403 You are not authorized to complete upload_image action.");
    assert_snapshot!(upload(app.stranger(), &id, "abc").await.to_line(), @"403 You are not authorized to complete upload_image action.");
    assert_snapshot!(upload(app.anon(), &id, "abc").await.to_line(), @"401 This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.");
    assert_snapshot!(upload(app.stranger(), DEBIAN, "abc").await.to_line(), @"404 No image found with ID 82c96579-ba53-4a84-a69a-716382fe0293");
    assert_eq!(app.member().image(&id).await["status"], "queued");
}

#[tokio::test]
async fn an_upload_of_another_media_type_is_415() {
    let app = TestApp::new();
    let id = app.member().create(with_formats()).await;
    let path = format!("/v2/images/{id}/file");
    let response = app
        .member()
        .send_body(Method::PUT, &path, &[("Content-Type", "text/plain")], "abc")
        .await;
    assert_snapshot!(response.to_text(), @"
    415 Unsupported Media Type
    content-type: text/plain; charset=UTF-8

    415 Unsupported Media Type

    The request media type text/plain is not supported by this server. 

     Send one of: application/octet-stream
    ");
    assert_eq!(app.member().image(&id).await["status"], "queued");
}

#[tokio::test]
async fn an_upload_that_is_too_large_leaves_the_image_queued() {
    let app = TestApp::with(|config| config.limits.upload_bytes = 4);
    let id = app.member().create(with_formats()).await;
    assert_snapshot!(upload(app.member(), &id, "abcde").await.to_text(), @"
    413 Request Entity Too Large
    content-type: text/plain; charset=UTF-8

    413 Request Entity Too Large

    The body of your request was too large for this server.
    ");
    assert_eq!(app.member().image(&id).await["status"], "queued");
    let uploaded = upload(app.member(), &id, "abcd").await;
    assert_eq!(uploaded.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_slow_upload_succeeds_and_a_stalled_one_is_408() {
    let server = TestApp::with(|config| {
        config.server.request_timeout = Duration::from_secs(2);
        config.server.body_timeout = Duration::from_secs(2);
    })
    .listen()
    .await;
    let id = server.app.member().create(with_formats()).await;
    let other = server.app.member().create(with_formats()).await;
    let head = |id: &str| {
        format!(
            "PUT /v2/images/{id}/file HTTP/1.1\r\nX-Auth-Token: {MEMBER}\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
    };
    let mut stuck = Raw::connect(&server.address).await;
    stuck.send(head(&other) + "1\r\na\r\n").await;
    let mut slow = Raw::connect(&server.address).await;
    slow.send(head(&id)).await;
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        slow.send("1\r\na\r\n").await;
    }
    slow.send("0\r\n\r\n").await;
    assert_eq!(slow.response().await.unwrap().status, 204);
    assert_eq!(server.app.member().image(&id).await["size"], 6);
    assert_eq!(stuck.response().await.unwrap().status, 408);
    queued(server.app.member(), &other).await;
}

#[tokio::test]
async fn tags_set_during_an_upload_are_kept() {
    let server = TestApp::new().listen().await;
    let member = server.app.member();
    let id = member.create(with_formats()).await;
    let mut client = half_sent(&server, &id).await;
    member.put_tag(&id, "meanwhile").await;
    client.send("b").await;
    assert_eq!(client.response().await.unwrap().status, 204);
    let image = member.image(&id).await;
    assert_eq!(
        (&image["tags"], &image["status"]),
        (&json!(["meanwhile"]), &json!("active"))
    );
}

#[tokio::test]
async fn an_image_takes_one_upload_at_a_time_and_is_saving_meanwhile() {
    let server = TestApp::new().listen().await;
    let member = server.app.member();
    let id = member.create(with_formats()).await;
    let mut first = half_sent(&server, &id).await;
    let image = member.image(&id).await;
    assert_eq!(
        (&image["status"], &image["size"]),
        (&json!("saving"), &json!(null))
    );
    let second = upload(member, &id, "cd").await;
    assert_snapshot!(second.to_line(), @"409 Image status transition from saving to saving is not allowed");
    let file = member.get(&format!("/v2/images/{id}/file")).await;
    assert_eq!(file.status, StatusCode::NO_CONTENT);
    first.send("b").await;
    assert_eq!(first.response().await.unwrap().status, 204);
    let file = member.get(&format!("/v2/images/{id}/file")).await;
    assert_eq!((file.status, &*file.body), (StatusCode::OK, "ab"));
}

#[tokio::test]
async fn an_image_whose_client_breaks_off_is_queued_again_and_takes_another_upload() {
    let server = TestApp::new().listen().await;
    let member = server.app.member();
    let id = member.create(with_formats()).await;
    drop(half_sent(&server, &id).await);
    queued(member, &id).await;
    assert_eq!(
        upload(member, &id, "ab").await.status,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn memory_for_data_is_bounded_and_free_again_after_a_failure_and_a_deletion() {
    let app = TestApp::with(|config| config.limits.data_memory_bytes = 4);
    let member = app.member();
    let id = member.create(with_formats()).await;
    let body = || {
        Body::new(http_body_util::StreamBody::new(futures_util::stream::iter(
            ["abc", "de"].map(|data| {
                Ok::<_, std::io::Error>(hyper::body::Frame::data(axum::body::Bytes::from(data)))
            }),
        )))
    };
    for body in [Body::from("abcde"), body()] {
        let full = "413 Image storage media is full: There is not enough disk space on the image \
                    storage media.";
        assert_eq!(upload(member, &id, body).await.to_line(), full);
        assert_eq!(member.image(&id).await["status"], "queued");
    }
    assert_eq!(
        upload(member, &id, "abcd").await.status,
        StatusCode::NO_CONTENT
    );
    let other = member.create(with_formats()).await;
    assert_eq!(upload(member, &other, "e").await.status.as_u16(), 413);
    let path = format!("/v2/images/{id}");
    assert_eq!(
        member
            .send(Method::DELETE, &path, &[])
            .await
            .status
            .as_u16(),
        204
    );
    assert_eq!(upload(member, &other, "efgh").await.status.as_u16(), 204);
}

#[tokio::test]
async fn a_durable_store_without_a_place_for_data_refuses_uploads() {
    let app = TestApp::with(|config| {
        let url = String::from("sqlite:///nowhere/images.db");
        config.store.url = url.try_into().unwrap();
    });
    let id = app.member().create(with_formats()).await;
    assert_snapshot!(upload(app.member(), &id, "abc").await.to_line(), @"403 Uploads are refused: the service has nowhere to keep image data. Its operator can set data.url.");
    assert_snapshot!(upload(app.stranger(), &id, "abc").await.status.as_u16(), @"404");
    assert_eq!(app.member().image(&id).await["status"], "queued");
}

#[tokio::test]
async fn discarded_data_is_measured_and_hashed_and_cannot_be_downloaded() {
    let server = TestApp::with(|config| config.data.url = Some(DataUrl::Discard))
        .listen()
        .await;
    let member = server.app.member();
    let id = member.create(with_formats()).await;
    let mut client = half_sent(&server, &id).await;
    assert_eq!(member.image(&id).await["status"], "queued");
    client.send("b").await;
    assert_eq!(client.response().await.unwrap().status, 204);
    let image = member.image(&id).await;
    assert_eq!(
        (&image["status"], &image["size"], &image["virtual_size"]),
        (&json!("active"), &json!(2), &json!(2))
    );
    let file = member.get(&format!("/v2/images/{id}/file")).await;
    assert_eq!(file.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn the_size_in_a_header_of_its_own_is_a_number() {
    let app = TestApp::with(|config| config.limits.data_memory_bytes = 4);
    let id = app.member().create(with_formats()).await;
    let path = format!("/v2/images/{id}/file");
    for (size, line) in [
        (
            "foobar",
            "400 Invalid or missing image size in request headers.",
        ),
        (
            "5",
            "413 Image storage media is full: There is not enough disk space on the image storage media.",
        ),
        (" 3 ", "204"),
    ] {
        let headers = [
            ("Content-Type", "application/octet-stream"),
            ("x-openstack-image-size", size),
        ];
        let member = app.member();
        let response = member.send_body(Method::PUT, &path, &headers, "abc");
        assert_eq!(response.await.to_line(), line);
    }
}

#[tokio::test]
async fn the_virtual_size_is_that_of_the_disk_in_the_data() {
    let app = TestApp::new();
    let mut qcow2 = b"QFI\xfb\0\0\0\x03".to_vec();
    qcow2.resize(24, 0);
    qcow2.extend_from_slice(&(10_u64 << 30).to_be_bytes());
    qcow2.resize(600, 0);
    for (disk_format, container_format, virtual_size) in [
        ("qcow2", "bare", json!(10_u64 << 30)),
        ("raw", "bare", json!(600)),
        ("vmdk", "bare", json!(null)),
        ("qcow2", "ovf", json!(null)),
    ] {
        let formats = json!({"disk_format": disk_format, "container_format": container_format});
        let id = app.member().create(formats).await;
        assert_eq!(
            upload(app.member(), &id, qcow2.clone())
                .await
                .status
                .as_u16(),
            204
        );
        assert_eq!(app.member().image(&id).await["virtual_size"], virtual_size);
    }
}

#[tokio::test]
async fn an_upload_does_not_write_to_a_new_image_with_the_same_id() {
    let server = TestApp::new().listen().await;
    let member = server.app.member();
    let id = member.create(with_formats()).await;
    let mut client = half_sent(&server, &id).await;
    member
        .send(Method::DELETE, &format!("/v2/images/{id}"), &[])
        .await;
    let mut again = with_formats();
    again["id"] = id.as_str().into();
    member.create(again).await;
    client.send("b").await;
    let response = client.response().await.unwrap();
    assert_eq!(response.status, 410);
    let text = String::from_utf8(response.body).unwrap();
    assert!(
        text.contains(&format!("Image {id} could not be found after upload.")),
        "{text}"
    );
    assert_eq!(member.image(&id).await["status"], "queued");
}

#[tokio::test]
async fn an_image_that_changes_its_owner_during_an_upload_stays_without_data() {
    let server = TestApp::new().listen().await;
    let id = server.app.member().create(with_formats()).await;
    let mut client = half_sent(&server, &id).await;
    let give_away = json!([
        {"op": "replace", "path": "/visibility", "value": "community"},
        {"op": "replace", "path": "/owner", "value": "c27a8b5e60d14f3f9b1a7e4d2c6f8053"},
    ]);
    assert_eq!(
        server.app.admin().patch(&id, &give_away).await.status,
        StatusCode::OK
    );
    client.send("b").await;
    assert_eq!(client.response().await.unwrap().status, 403);
    assert_eq!(server.app.member().image(&id).await["status"], "queued");
}

#[tokio::test]
async fn an_upload_that_a_shutdown_cuts_off_leaves_a_queued_image() {
    let app = TestApp::with(|config| config.server.shutdown_timeout = Duration::from_secs(1));
    let mut server = app.listen().await;
    let id = server.app.member().create(with_formats()).await;
    let _client = half_sent(&server, &id).await;
    until(server.app.member(), &id, "saving").await;
    server.stop();
    let store = server.app.store.clone();
    server.stopped().await;
    let image = store.image(id.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(image.status, Status::Queued);
}

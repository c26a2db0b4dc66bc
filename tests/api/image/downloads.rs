//! Who may download the data of an image, and which part of it comes.

use std::fmt::Write as _;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use image_tags::data::DataUrl;
use insta::assert_snapshot;
use serde_json::json;

use super::actions::act;
use super::uploads::{upload, with_formats};
use crate::support::raw::Raw;
use crate::support::{Client, DEBIAN, MEMBER, Response, TestApp, UBUNTU};

/// What others than admins get for a deactivated image.
const FORBIDDEN: &str =
    "403 The requested image has been deactivated. Image data download is forbidden.";

async fn download(client: Client<'_>, image: &str) -> String {
    let path = format!("/v2/images/{image}/file");
    client.get(&path).await.to_line()
}

async fn part(client: Client<'_>, image: &str, range: &str) -> Response {
    let path = format!("/v2/images/{image}/file");
    client.send(Method::GET, &path, &[("Range", range)]).await
}

/// Text that differs everywhere.
pub(super) fn long_text(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 8);
    for number in 0..=bytes / 8 {
        writeln!(text, "{number:07}").unwrap();
    }
    text.truncate(bytes);
    text
}

#[tokio::test]
async fn a_reader_cannot_download_an_image_but_members_can() {
    let app = TestApp::new();
    assert_snapshot!(download(app.member(), UBUNTU).await, @"204");
    assert_snapshot!(download(app.stranger(), UBUNTU).await, @"204");
    assert_snapshot!(download(app.reader(), UBUNTU).await, @"403 You are not authorized to complete download_image action.");
}

#[tokio::test]
async fn only_an_admin_downloads_a_deactivated_image() {
    let app = TestApp::new();
    let id = app.member().create(with_formats()).await;
    upload(app.member(), &id, "abc").await;
    for image in [DEBIAN, &id] {
        act(app.member(), image, "deactivate").await;
        // The check of the status precedes the check of the role, as in Glance.
        for client in [app.member(), app.reader()] {
            assert_eq!(download(client, image).await, FORBIDDEN);
        }
    }
    assert_snapshot!(download(app.admin(), DEBIAN).await, @"204");
    assert_snapshot!(download(app.stranger(), DEBIAN).await, @"404 No image found with ID 82c96579-ba53-4a84-a69a-716382fe0293");
    let path = format!("/v2/images/{id}/file");
    assert_eq!(app.admin().get(&path).await.body, "abc");
}

#[tokio::test]
async fn what_was_uploaded_comes_back() {
    let app = TestApp::new();
    let id = app.member().create(with_formats()).await;
    upload(app.member(), &id, "abc").await;
    let path = format!("/v2/images/{id}/file");
    let md5 = "900150983cd24fb0d6963f7d28e17f72";
    for (response, status, range, body) in [
        (app.member().get(&path).await, 200, None, "abc"),
        (
            part(app.member(), &id, "bytes=1-1").await,
            206,
            Some("bytes 1-1/3"),
            "b",
        ),
    ] {
        assert_eq!((response.status.as_u16(), &*response.body), (status, body));
        assert_eq!(response.header("content-range"), range);
        assert_eq!(response.header("content-md5"), Some(md5));
        let octets = Some("application/octet-stream");
        assert_eq!(response.header("content-type"), octets);
        let length = body.len().to_string();
        assert_eq!(response.header("content-length"), Some(&*length));
    }
    let head = app.member().send(Method::HEAD, &path, &[]).await;
    assert_eq!(head.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn empty_data_is_data() {
    let app = TestApp::new();
    let id = app.member().create(with_formats()).await;
    upload(app.member(), &id, "").await;
    let image = app.member().image(&id).await;
    assert_eq!(
        (&image["size"], &image["virtual_size"], &image["checksum"]),
        (
            &json!(0),
            &json!(null),
            &json!("d41d8cd98f00b204e9800998ecf8427e")
        )
    );
    let file = app.member().get(&format!("/v2/images/{id}/file")).await;
    assert_eq!(
        (file.status, file.header("content-length")),
        (StatusCode::OK, Some("0"))
    );
    assert_snapshot!(part(app.member(), &id, "bytes=0-").await.to_line(), @"416 Invalid start position in Range header. Start position MUST be in the inclusive range [0, -1].");
}

#[tokio::test]
async fn parts_of_long_data_come_from_every_data_store() {
    let directory = tempfile::tempdir().unwrap();
    let text = long_text(2_000_003);
    for url in [
        DataUrl::Memory,
        DataUrl::File(directory.path().join("data")),
    ] {
        let app = TestApp::with(|config| config.data.url = Some(url));
        let id = app.member().create(with_formats()).await;
        let uploaded = upload(app.member(), &id, text.clone()).await;
        assert_eq!(uploaded.status, StatusCode::NO_CONTENT);
        let path = format!("/v2/images/{id}/file");
        assert_eq!(app.member().get(&path).await.body, text);
        for (range, expected) in [
            ("bytes=0-", 0..2_000_003),
            ("bytes=524287-524288", 524_287..524_289),
            ("bytes=262143-1500000", 262_143..1_500_001),
            ("bytes=-3", 2_000_000..2_000_003),
            ("bytes=1999999-9999999", 1_999_999..2_000_003),
        ] {
            let response = part(app.member(), &id, range).await;
            assert_eq!(response.status, StatusCode::PARTIAL_CONTENT, "{range}");
            let content_range = format!("bytes {}-{}/2000003", expected.start, expected.end - 1);
            assert_eq!(response.header("content-range"), Some(&*content_range));
            assert_eq!(
                response.header("content-length"),
                Some(&*expected.len().to_string())
            );
            assert!(response.body == text[expected], "{range}");
        }
    }
}

#[tokio::test]
async fn a_range_that_cannot_be_is_refused() {
    let app = TestApp::new();
    let id = app.member().create(with_formats()).await;
    upload(app.member(), &id, "abc").await;
    assert_snapshot!(part(app.member(), &id, "bytes=3-").await.to_line(), @"416 Invalid start position in Range header. Start position MUST be in the inclusive range [0, 2].");
    assert_snapshot!(part(app.member(), &id, "bytes=2-1").await.to_line(), @"416 Invalid Range header.");
    assert_snapshot!(part(app.member(), &id, "bytes=0-0,2-2").await.to_line(), @"400 Requests with multiple ranges are not supported in Glance. You may make multiple single-range requests instead.");
    assert_snapshot!(part(app.member(), DEBIAN, "bytes=2-1").await.to_line(), @"204");
}

#[tokio::test]
async fn data_that_is_lost_is_an_error_and_not_empty() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let app = TestApp::with(|config| config.data.url = Some(DataUrl::File(data.clone())));
    let id = app.member().create(with_formats()).await;
    upload(app.member(), &id, "abc").await;
    std::fs::remove_dir_all(data.join(&id)).unwrap();
    assert_eq!(
        download(app.member(), &id).await,
        "500 The server has either erred or is incapable of performing the requested operation."
    );
}

#[tokio::test]
async fn slow_readers_cost_a_piece_each_and_the_next_one_gets_a_503() {
    let app = TestApp::with(|config| config.limits.memory_bytes = 1 << 20);
    let id = app.member().create(with_formats()).await;
    // More than the sockets of both sides hold.
    let text = long_text(64 << 20);
    upload(app.member(), &id, text.clone()).await;
    let server = app.listen().await;
    let request = format!("GET /v2/images/{id}/file HTTP/1.1\r\nX-Auth-Token: {MEMBER}\r\n\r\n");
    let mut readers = Vec::new();
    for _ in 0..4 {
        let mut reader = Raw::connect(&server.address).await;
        reader.send(&request).await;
        readers.push(reader);
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let path = format!("/v2/images/{id}/file");
    assert_eq!(
        server.app.member().get(&path).await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
    let response = readers.pop().unwrap().response().await.unwrap();
    assert!(response.body == text.as_bytes());
    assert_eq!(part(server.app.member(), &id, "bytes=0-0").await.body, "0");
}

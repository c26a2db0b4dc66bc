//! The data of images, which is hashed and forgotten; and taking images out of use.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::json;

use crate::support::raw::Raw;
use crate::support::{Answer, Client, DEBIAN, MEMBER, TestApp, TestServer, UBUNTU};

async fn upload(client: Client<'_>, image: &str, data: impl Into<Body>) -> Answer {
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

async fn act(client: Client<'_>, image: &str, action: &str) -> Answer {
    client
        .send(
            Method::POST,
            &format!("/v2/images/{image}/actions/{action}"),
            &[],
        )
        .await
}

#[tokio::test]
async fn an_upload_makes_the_image_active_and_leaves_its_digests() {
    let app = TestApp::new();
    let id = app
        .member()
        .create(json!({"disk_format": "raw", "container_format": "bare"}))
        .await;
    assert_eq!(
        upload(app.member(), &id, "abc").await.status,
        StatusCode::NO_CONTENT
    );
    let image = app.member().image(&id).await;
    for (name, value) in [
        ("status", json!("active")),
        ("size", json!(3)),
        ("virtual_size", json!(3)),
        ("checksum", json!("900150983cd24fb0d6963f7d28e17f72")),
        ("os_hash_algo", json!("sha512")),
        (
            "os_hash_value",
            json!(
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
            ),
        ),
    ] {
        assert_eq!(image[name], value, "{name}");
    }
    let again = upload(app.member(), &id, "abc").await;
    assert_eq!(
        (again.status, again.explanation()),
        (
            StatusCode::CONFLICT,
            "Image status transition from active to saving is not allowed"
        )
    );
    let file = app.member().get(&format!("/v2/images/{id}/file")).await;
    assert_eq!((file.status, &*file.body), (StatusCode::NO_CONTENT, ""));
}

#[tokio::test]
async fn an_upload_needs_formats_a_media_type_and_the_right() {
    let app = TestApp::new();
    for (attributes, says) in [
        (
            json!({}),
            "Properties disk_format, container_format must be set prior to saving data.",
        ),
        (
            json!({"disk_format": "raw"}),
            "Property container_format must be set prior to saving data.",
        ),
        (
            json!({"container_format": "bare"}),
            "Property disk_format must be set prior to saving data.",
        ),
    ] {
        let id = app.member().create(attributes).await;
        let answer = upload(app.member(), &id, "abc").await;
        assert_eq!(
            (answer.status, answer.explanation()),
            (StatusCode::BAD_REQUEST, says)
        );
    }
    let id = app
        .member()
        .create(
            json!({"disk_format": "raw", "container_format": "bare", "visibility": "community"}),
        )
        .await;
    for (client, status) in [
        (app.reader(), 403),
        (app.stranger(), 403),
        (app.anon(), 401),
    ] {
        assert_eq!(upload(client, &id, "abc").await.status.as_u16(), status);
    }
    assert_eq!(
        upload(app.stranger(), DEBIAN, "abc").await.status,
        StatusCode::NOT_FOUND
    );
    let answer = app
        .member()
        .send_body(
            Method::PUT,
            &format!("/v2/images/{id}/file"),
            &[("Content-Type", "text/plain")],
            "abc",
        )
        .await;
    assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(app.member().image(&id).await["status"], "queued");
}

#[tokio::test]
async fn an_upload_that_is_too_large_leaves_the_image_queued() {
    let app = TestApp::with(|config| config.limits.upload_bytes = 4);
    let id = app
        .member()
        .create(json!({"disk_format": "raw", "container_format": "bare"}))
        .await;
    assert_eq!(
        upload(app.member(), &id, "abcde").await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    assert_eq!(app.member().image(&id).await["status"], "queued");
    assert_eq!(
        upload(app.member(), &id, "abcd").await.status,
        StatusCode::NO_CONTENT
    );
}

#[tokio::test]
async fn an_upload_may_take_long_as_long_as_it_comes_on() {
    let server = TestApp::with(|config| {
        config.server.request_timeout = Duration::from_secs(2);
        config.server.body_timeout = Duration::from_secs(2);
    })
    .listen()
    .await;
    let id = server
        .app
        .member()
        .create(json!({"disk_format": "raw", "container_format": "bare"}))
        .await;
    let head = format!(
        "PUT /v2/images/{id}/file HTTP/1.1\r\nX-Auth-Token: {MEMBER}\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    let mut stuck = Raw::connect(&server.address).await;
    stuck.send(head.clone() + "1\r\na\r\n").await;
    let mut slow = Raw::connect(&server.address).await;
    slow.send(head).await;
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_millis(500)).await;
        slow.send("1\r\na\r\n").await;
    }
    slow.send("0\r\n\r\n").await;
    assert_eq!(slow.answer().await.unwrap().status, 204);
    assert_eq!(server.app.member().image(&id).await["size"], 6);
    assert_eq!(stuck.answer().await.unwrap().status, 408);
}

#[tokio::test]
async fn tags_set_during_an_upload_are_kept() {
    let server = TestApp::new().listen().await;
    let member = server.app.member();
    let id = member
        .create(json!({"disk_format": "raw", "container_format": "bare"}))
        .await;
    let mut client = half_sent(&server, &id).await;
    member.put_tag(&id, "meanwhile").await;
    client.send("b").await;
    assert_eq!(client.answer().await.unwrap().status, 204);
    let image = member.image(&id).await;
    assert_eq!(
        (&image["tags"], &image["status"]),
        (&json!(["meanwhile"]), &json!("active"))
    );
}

#[tokio::test]
async fn an_image_is_taken_out_of_use_and_back() {
    let app = TestApp::new();
    for (action, status) in [
        ("deactivate", "deactivated"),
        ("deactivate", "deactivated"),
        ("reactivate", "active"),
        ("reactivate", "active"),
    ] {
        assert_eq!(
            act(app.member(), DEBIAN, action).await.status,
            StatusCode::NO_CONTENT
        );
        assert_eq!(app.member().image(DEBIAN).await["status"], status);
    }
    let queued = app.member().create(json!({})).await;
    let answer = act(app.member(), &queued, "deactivate").await;
    assert_eq!(
        (answer.status, answer.explanation()),
        (
            StatusCode::FORBIDDEN,
            "Not allowed to deactivate image in status 'queued'"
        )
    );
    for (client, image, status) in [
        (app.reader(), DEBIAN, 403),
        (app.stranger(), UBUNTU, 403),
        (app.stranger(), DEBIAN, 404),
        (app.anon(), DEBIAN, 401),
    ] {
        assert_eq!(
            act(client, image, "deactivate").await.status.as_u16(),
            status
        );
    }
    assert_eq!(
        act(app.member(), DEBIAN, "nope").await.status,
        StatusCode::NOT_FOUND
    );
    let get = app
        .member()
        .get(&format!("/v2/images/{DEBIAN}/actions/deactivate"))
        .await;
    assert_eq!(
        (get.status, get.header("allow")),
        (StatusCode::METHOD_NOT_ALLOWED, Some("POST"))
    );
}

#[tokio::test]
async fn who_may_have_the_data() {
    let app = TestApp::new();
    act(app.member(), DEBIAN, "deactivate").await;
    for (client, image, status, says) in [
        (app.member(), UBUNTU, 204, ""),
        (app.stranger(), UBUNTU, 204, ""),
        (
            app.reader(),
            UBUNTU,
            403,
            "You are not authorized to complete download_image action.",
        ),
        (
            app.member(),
            DEBIAN,
            403,
            "The requested image has been deactivated. Image data download is forbidden.",
        ),
        // That it is deactivated comes before who asks, as in Glance.
        (
            app.reader(),
            DEBIAN,
            403,
            "The requested image has been deactivated. Image data download is forbidden.",
        ),
        (app.admin(), DEBIAN, 204, ""),
        (app.stranger(), DEBIAN, 404, "No image found with ID"),
    ] {
        let answer = client.get(&format!("/v2/images/{image}/file")).await;
        assert_eq!(answer.status.as_u16(), status);
        assert!(answer.body.contains(says), "{}", answer.body);
    }
}

/// An upload of two bytes, of which one has been sent.
async fn half_sent(server: &TestServer, image: &str) -> Raw {
    let head = format!(
        "PUT /v2/images/{image}/file HTTP/1.1\r\nX-Auth-Token: {MEMBER}\r\nContent-Type: application/octet-stream\r\n"
    );
    let mut client = Raw::before_body(&server.address, head).await;
    client.send("a").await;
    client
}

#[tokio::test]
async fn of_two_uploads_at_once_the_first_to_end_counts() {
    let server = TestApp::new().listen().await;
    let id = server
        .app
        .member()
        .create(json!({"disk_format": "raw", "container_format": "bare"}))
        .await;
    let mut slower = half_sent(&server, &id).await;
    let mut faster = half_sent(&server, &id).await;
    faster.send("b").await;
    assert_eq!(faster.answer().await.unwrap().status, 204);
    let first = server.app.member().image(&id).await;
    slower.send("c").await;
    assert_eq!(slower.answer().await.unwrap().status, 409);
    assert_eq!(server.app.member().image(&id).await, first);
}

#[tokio::test]
async fn an_upload_does_not_take_a_new_image_for_the_old_one_with_its_id() {
    let server = TestApp::new().listen().await;
    let member = server.app.member();
    let formats = json!({"disk_format": "raw", "container_format": "bare"});
    let id = member.create(formats.clone()).await;
    let mut client = half_sent(&server, &id).await;
    member
        .send(Method::DELETE, &format!("/v2/images/{id}"), &[])
        .await;
    let mut again = formats;
    again["id"] = id.as_str().into();
    member.create(again).await;
    client.send("b").await;
    assert_eq!(client.answer().await.unwrap().status, 404);
    assert_eq!(member.image(&id).await["status"], "queued");
}

#[tokio::test]
async fn an_image_that_was_given_away_during_an_upload_stays_without_data() {
    let server = TestApp::new().listen().await;
    let id = server
        .app
        .member()
        .create(json!({"disk_format": "raw", "container_format": "bare"}))
        .await;
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
    assert_eq!(client.answer().await.unwrap().status, 403);
    assert_eq!(server.app.member().image(&id).await["status"], "queued");
}

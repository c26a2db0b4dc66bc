//! Calls of the collection that are refused and change nothing.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::calls::{call, clear, list, replace};
use crate::support::{Client, DEBIAN, Response, TestApp, UBUNTU};

/// Every call, with a body that changes something.
fn calls() -> [(Method, Value); 5] {
    [
        (Method::GET, Value::Null),
        (Method::PUT, json!({"tags": ["new"]})),
        (Method::POST, json!({"tags": ["new"]})),
        (Method::POST, json!({"add": ["new"], "remove": ["lts"]})),
        (Method::DELETE, Value::Null),
    ]
}

#[tokio::test]
async fn each_caller_may_do_to_the_collection_what_it_may_do_to_a_tag() {
    for (method, body) in calls() {
        let app = TestApp::new();
        let status = async |client: Client<'_>, image: &str| {
            let response = call(client, method.clone(), image, body.clone()).await;
            response.status.as_u16()
        };
        let is_read = method == Method::GET;
        let changed = if method == Method::DELETE { 204 } else { 200 };
        let read_only = if is_read { 200 } else { 403 };
        // DEBIAN is private, UBUNTU is shared with the stranger.
        assert_eq!(status(app.anon(), UBUNTU).await, 401, "{method}");
        assert_eq!(status(app.stranger(), DEBIAN).await, 404, "{method}");
        assert_eq!(status(app.stranger(), UBUNTU).await, read_only, "{method}");
        assert_eq!(status(app.reader(), UBUNTU).await, read_only, "{method}");
        assert_eq!(list(app.member(), UBUNTU).await, ["lts"], "{method}");
        assert_eq!(status(app.member(), UBUNTU).await, changed, "{method}");
        assert_eq!(status(app.admin(), DEBIAN).await, changed, "{method}");
        let tags = app.member().tags(UBUNTU).await;
        assert_eq!(tags == ["lts"], is_read, "{method}: {tags:?}");
    }
}

#[tokio::test]
async fn a_refusal_has_the_text_of_that_of_a_tag() {
    let app = TestApp::new();
    let unknown = "11111111-2222-4333-8444-555555555555";
    let mut texts = BTreeSet::new();
    for (method, body) in calls() {
        for image in [unknown, DEBIAN, "no-id"] {
            let response = call(app.stranger(), method.clone(), image, body.clone()).await;
            assert_eq!(response.status, StatusCode::NOT_FOUND);
            texts.insert(response.to_text().replace(image, "ID"));
        }
    }
    let of_a_tag = app.stranger().put_tag(DEBIAN, "x").await.to_text();
    texts.insert(of_a_tag.replace(DEBIAN, "ID"));
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert_snapshot!(texts.first().unwrap(), @"
    404 Not Found
    content-type: text/plain; charset=UTF-8

    404 Not Found

    Image ID not found.
    ");
    assert_snapshot!(clear(app.reader(), UBUNTU).await.to_line(), @"403 You are not authorized to complete modify_image action.");
}

#[tokio::test]
async fn a_slash_after_the_collection_is_another_path() {
    let app = TestApp::new();
    for method in [Method::GET, Method::PUT, Method::POST, Method::DELETE] {
        let path = format!("/v2/images/{DEBIAN}/tags/");
        let response = app.member().send(method, &path, &[]).await;
        assert_eq!(response.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_body_of_another_form_is_400_and_changes_nothing() {
    let app = TestApp::new();
    let mut lines = Vec::new();
    let long = "x".repeat(256);
    for (method, body) in [
        ("PUT", ""),
        ("PUT", "tags"),
        ("PUT", "{\"tags\": ["),
        ("PUT", "\"lts\""),
        ("PUT", "[\"a\"]"),
        ("PUT", "{}"),
        ("PUT", "{\"tags\": \"a\"}"),
        ("PUT", "{\"tags\": null}"),
        ("PUT", "{\"tags\": [\"a\", 1]}"),
        ("PUT", "{\"tags\": [\"a\\u0000b\"]}"),
        ("PUT", &format!("{{\"tags\": [\"{long}\"]}}")),
        ("PUT", "{\"tags\": [\"a\"], \"mode\": \"x\"}"),
        ("PUT", "{\"add\": [\"a\"]}"),
        ("POST", ""),
        ("POST", "[\"a\"]"),
        ("POST", "{}"),
        ("POST", "{\"tags\": {}}"),
        ("POST", "{\"add\": [\"a\"], \"remove\": \"lts\"}"),
        ("POST", "{\"add\": null}"),
        ("POST", "{\"remove\": [[]]}"),
        ("POST", "{\"tags\": [\"a\"], \"remove\": [\"lts\"]}"),
        ("POST", "{\"tags\": [], \"add\": []}"),
        ("POST", "{\"add\": [\"a\"], \"Remove\": [\"lts\"]}"),
        (
            "POST",
            "{\"add\": [\"a\", \"b\"], \"remove\": [\"lts\", \"b\"]}",
        ),
    ] {
        let path = format!("/v2/images/{UBUNTU}/tags");
        let sent = body.to_owned();
        let response = app
            .member()
            .send_body(method.parse().unwrap(), &path, &[], sent)
            .await;
        let shown = body.replace(&long, "256 x x");
        let line = response.to_line().replace(&long, "256 x x");
        lines.push(format!("{method} {shown} → {line}"));
    }
    assert_snapshot!(lines.join("\n"), @r#"
    PUT  → 400 Body expected in request.
    PUT tags → 400 Malformed JSON in request body.
    PUT {"tags": [ → 400 Malformed JSON in request body.
    PUT "lts" → 400 Unexpected body type. Expected list/dict.
    PUT ["a"] → 400 Expected the tags in the form: {"tags": ["tag"]}
    PUT {} → 400 Expected the tags in the form: {"tags": ["tag"]}
    PUT {"tags": "a"} → 400 Provided object does not match schema 'image': 'a' is not of type 'array'  Failed validating 'type' in schema['properties']['tags']:     {'type': 'array', 'description': 'The tags of the image', 'items': {'type': 'string', 'maxLength': 255}}  On instance['tags']:     'a'
    PUT {"tags": null} → 400 Provided object does not match schema 'image': None is not of type 'array'  Failed validating 'type' in schema['properties']['tags']:     {'type': 'array', 'description': 'The tags of the image', 'items': {'type': 'string', 'maxLength': 255}}  On instance['tags']:     None
    PUT {"tags": ["a", 1]} → 400 Provided object does not match schema 'image': 1 is not of type 'string'  Failed validating 'type' in schema['properties']['tags']['items']:     {'type': 'string', 'maxLength': 255}  On instance['tags'][1]:     1
    PUT {"tags": ["a\u0000b"]} → 400 JSON cannot contain the NUL character.
    PUT {"tags": ["256 x x"]} → 400 Provided object does not match schema 'image': '256 x x' is too long  Failed validating 'maxLength' in schema['properties']['tags']['items']:     {'type': 'string', 'maxLength': 255}  On instance['tags'][0]:     '256 x x'
    PUT {"tags": ["a"], "mode": "x"} → 400 Unknown member 'mode'. Expected the tags in the form: {"tags": ["tag"]}
    PUT {"add": ["a"]} → 400 Unknown member 'add'. Expected the tags in the form: {"tags": ["tag"]}
    POST  → 400 Body expected in request.
    POST ["a"] → 400 Expected the tags in the form: {"tags": ["tag"]} or {"add": ["tag"], "remove": ["tag"]}
    POST {} → 400 Expected the tags in the form: {"tags": ["tag"]} or {"add": ["tag"], "remove": ["tag"]}
    POST {"tags": {}} → 400 Provided object does not match schema 'image': {} is not of type 'array'  Failed validating 'type' in schema['properties']['tags']:     {'type': 'array', 'description': 'The tags of the image', 'items': {'type': 'string', 'maxLength': 255}}  On instance['tags']:     {}
    POST {"add": ["a"], "remove": "lts"} → 400 Provided object does not match schema 'image': 'lts' is not of type 'array'  Failed validating 'type' in schema['properties']['tags']:     {'type': 'array', 'description': 'The tags of the image', 'items': {'type': 'string', 'maxLength': 255}}  On instance['tags']:     'lts'
    POST {"add": null} → 400 Provided object does not match schema 'image': None is not of type 'array'  Failed validating 'type' in schema['properties']['tags']:     {'type': 'array', 'description': 'The tags of the image', 'items': {'type': 'string', 'maxLength': 255}}  On instance['tags']:     None
    POST {"remove": [[]]} → 400 Provided object does not match schema 'image': [] is not of type 'string'  Failed validating 'type' in schema['properties']['tags']['items']:     {'type': 'string', 'maxLength': 255}  On instance['tags'][0]:     []
    POST {"tags": ["a"], "remove": ["lts"]} → 400 Expected the tags in the form: {"tags": ["tag"]} or {"add": ["tag"], "remove": ["tag"]}
    POST {"tags": [], "add": []} → 400 Expected the tags in the form: {"tags": ["tag"]} or {"add": ["tag"], "remove": ["tag"]}
    POST {"add": ["a"], "Remove": ["lts"]} → 400 Unknown member 'Remove'. Expected the tags in the form: {"tags": ["tag"]} or {"add": ["tag"], "remove": ["tag"]}
    POST {"add": ["a", "b"], "remove": ["lts", "b"]} → 400 The tag 'b' cannot be both added and removed.
    "#);
    assert_eq!(list(app.member(), UBUNTU).await, ["lts"]);
}

#[tokio::test]
async fn a_body_that_is_not_declared_as_json_is_415() {
    let app = TestApp::new();
    let path = format!("/v2/images/{DEBIAN}/tags");
    let send = async |method: Method, media_type: &str, body: &'static str| -> Response {
        let headers = [("Content-Type", media_type)];
        app.member().send_body(method, &path, &headers, body).await
    };
    for method in [Method::PUT, Method::POST] {
        for media_type in ["text/plain", "application/x-www-form-urlencoded"] {
            let refused = send(method.clone(), media_type, r#"{"tags": ["a"]}"#).await;
            assert_eq!(refused.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        }
        for media_type in ["application/json; charset=utf-8", "application/x+JSON", ""] {
            let accepted = send(method.clone(), media_type, r#"{"tags": ["b"]}"#).await;
            assert_eq!(accepted.status, StatusCode::OK, "{media_type}");
        }
        let without_body = send(method, "text/plain", "").await;
        assert_eq!(without_body.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(list(app.member(), DEBIAN).await, ["b"]);
    let refused = send(Method::PUT, "text/plain", "{}").await;
    assert_snapshot!(refused.to_line(), @r"415 The request media type text/plain is not supported by this server. \n\n Send one of: application/json");
}

#[tokio::test]
async fn the_body_is_checked_before_the_image_and_the_path_after_the_body() {
    let app = TestApp::with(|config| config.limits.json_bytes = 100);
    let long = format!(r#"{{"tags": ["{}"]}}"#, "x".repeat(100));
    let unknown = "11111111-2222-4333-8444-555555555555";
    let path = |image: &str| format!("/v2/images/{image}/tags");
    let length = long.len().to_string();
    let text = [("Content-Type", "text/plain"), ("Content-Length", "9")];
    let too_long = [("Content-Type", "text/plain"), ("Content-Length", &length)];
    for method in [Method::PUT, Method::POST] {
        let send = async |image: &str, headers: &[(&str, &str)], body: String| {
            let response = app
                .member()
                .send_body(method.clone(), &path(image), headers, body)
                .await;
            response.status.as_u16()
        };
        assert_eq!(send("%FF", &too_long, long.clone()).await, 413);
        assert_eq!(send("%FF", &text, "not JSON.".to_owned()).await, 415);
        assert_eq!(send("%FF", &[], long.clone()).await, 413);
        assert_eq!(send(unknown, &[], "{".to_owned()).await, 400);
        assert_eq!(send("%FF", &[], r#"{"tags": []}"#.to_owned()).await, 400);
        assert_eq!(send(unknown, &[], r#"{"tags": []}"#.to_owned()).await, 404);
    }
}

#[tokio::test]
async fn other_methods_are_405_with_the_allowed_ones() {
    let app = TestApp::new();
    for method in ["HEAD", "PATCH", "TRACE", "FOO"] {
        let response = call(app.member(), method.parse().unwrap(), DEBIAN, Value::Null).await;
        assert_eq!(response.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        let allowed = response.header("allow");
        assert_eq!(allowed, Some("GET, PUT, POST, DELETE"), "{method}");
    }
}

#[tokio::test]
async fn a_delete_ignores_its_body() {
    let app = TestApp::new();
    replace(app.member(), DEBIAN, &["a"]).await;
    let response = call(app.member(), Method::DELETE, DEBIAN, json!({"tags": ["a"]})).await;
    assert_eq!(response.status, StatusCode::NO_CONTENT);
    assert_eq!(list(app.member(), DEBIAN).await, [""; 0]);
}

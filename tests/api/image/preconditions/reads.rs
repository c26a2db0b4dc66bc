//! Entity tags, and reads for clients that know one.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use insta::assert_snapshot;
use serde_json::json;

use super::calls::{READS, current, tag_of};
use crate::support::raw::Raw;
use crate::support::{DEBIAN, MEMBER, TestApp, UBUNTU};

#[tokio::test]
async fn an_image_its_tags_and_each_of_them_have_the_same_entity_tag() {
    let app = TestApp::new();
    let mut tags = BTreeSet::new();
    for read in READS {
        let response = read.send(app.member(), UBUNTU, &[]).await;
        tags.insert(tag_of(&response));
    }
    assert_eq!(tags.len(), 1, "{tags:?}");
    let tag = tags.first().unwrap();
    assert!(tag.starts_with('"') && tag.len() < 40, "{tag}");
    assert_ne!(*tag, current(&app, DEBIAN).await);
}

#[tokio::test]
async fn every_change_and_nothing_else_changes_the_entity_tag() {
    let app = TestApp::new();
    let id = app.member().create(json!({"tags": ["a"]})).await;
    let mut seen = BTreeSet::from([current(&app, &id).await]);
    app.member().put_tag(&id, "a").await;
    app.member().patch(&id, &json!([])).await;
    app.member().delete_tag(&id, "absent").await;
    assert!(seen.contains(&current(&app, &id).await));
    for operation in [
        json!({"op": "add", "path": "/tags/-", "value": "b"}),
        json!({"op": "remove", "path": "/tags/1"}),
        json!({"op": "add", "path": "/name", "value": "new"}),
    ] {
        app.member().patch(&id, &json!([operation])).await;
        assert!(seen.insert(current(&app, &id).await), "{operation}");
    }
    app.member()
        .send(Method::DELETE, &format!("/v2/images/{id}"), &[])
        .await;
    app.member().create(json!({"id": id, "tags": ["a"]})).await;
    assert!(seen.insert(current(&app, &id).await), "{seen:?}");
}

#[tokio::test]
async fn an_answer_to_a_change_has_the_entity_tag_after_it() {
    let app = TestApp::new();
    let created = app.member().post(&json!({})).await;
    let id = created.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(tag_of(&created), current(&app, &id).await);
    let operation = json!({"op": "add", "path": "/name", "value": "new"});
    let patched = app.member().patch(&id, &json!([operation])).await;
    assert_eq!(tag_of(&patched), current(&app, &id).await);
    for method in [Method::PUT, Method::POST] {
        let (path, body) = (format!("/v2/images/{id}/tags"), r#"{"tags": ["b"]}"#);
        let changed = app.member().send_body(method, &path, &[], body).await;
        assert_eq!(tag_of(&changed), current(&app, &id).await);
    }
    for response in [
        app.member().put_tag(&id, "c").await,
        app.member().delete_tag(&id, "c").await,
    ] {
        assert_eq!(response.header("etag"), None);
    }
}

#[tokio::test]
async fn a_client_that_knows_the_state_gets_304_without_a_body() {
    let app = TestApp::new();
    let current = current(&app, UBUNTU).await;
    let weak = format!("W/{current}");
    let list = format!("\"x\", {weak}");
    for read in READS {
        for (sent, answered) in [
            (&*current, &*current),
            ("*", &*current),
            (&*weak, &*weak),
            (&*list, &*weak),
        ] {
            let headers = [("If-None-Match", sent)];
            let response = read.send(app.reader(), UBUNTU, &headers).await;
            assert_eq!(response.status, StatusCode::NOT_MODIFIED, "{read:?}");
            assert_eq!(response.body, "");
            assert_eq!(tag_of(&response), answered, "{read:?} {sent}");
            assert_eq!(response.header("content-type"), None);
        }
        let headers = [("If-None-Match", "\"x\"")];
        let response = read.send(app.reader(), UBUNTU, &headers).await;
        assert_eq!(response.status.as_u16(), read.success());
    }
}

#[tokio::test]
async fn a_read_of_another_state_than_if_match_names_is_412() {
    let app = TestApp::new();
    let current = current(&app, UBUNTU).await;
    for read in READS {
        for (tag, status) in [
            (&*current, read.success()),
            ("*", read.success()),
            ("\"x\"", 412),
        ] {
            let headers = [("If-Match", tag)];
            let response = read.send(app.reader(), UBUNTU, &headers).await;
            assert_eq!(response.status.as_u16(), status, "{read:?} {tag}");
        }
        // If-Match comes first.
        let headers = [("If-Match", "\"x\""), ("If-None-Match", &*current)];
        let response = read.send(app.reader(), UBUNTU, &headers).await;
        assert_eq!(response.status.as_u16(), 412, "{read:?}");
    }
}

#[tokio::test]
async fn a_read_of_what_the_caller_cannot_see_is_404_whatever_its_preconditions() {
    let app = TestApp::new();
    let current = current(&app, DEBIAN).await;
    for name in ["If-Match", "If-None-Match"] {
        for tag in ["*", "\"x\"", &*current] {
            for read in READS {
                let stranger = read.send(app.stranger(), DEBIAN, &[(name, tag)]).await;
                assert_eq!(stranger.status.as_u16(), 404, "{read:?} {name}: {tag}");
                let anonymous = read.send(app.anon(), DEBIAN, &[(name, tag)]).await;
                assert_eq!(anonymous.status.as_u16(), 401, "{read:?} {name}: {tag}");
            }
            let path = format!("/v2/images/{DEBIAN}/tags/absent");
            let absent = app.member().send(Method::GET, &path, &[(name, tag)]).await;
            assert_eq!(absent.status.as_u16(), 404, "{name}: {tag}");
        }
    }
}

#[tokio::test]
async fn a_304_on_the_wire_has_neither_length_nor_type() {
    let server = TestApp::new().listen().await;
    let mut client = Raw::connect(&server.address).await;
    for (path, status) in [("", 304), ("/tags", 304), ("/tags/lts", 304)] {
        client
            .send(&format!(
                "GET /v2/images/{UBUNTU}{path} HTTP/1.1\r\nX-Auth-Token: {MEMBER}\r\n\
                 Accept-Encoding: gzip\r\nIf-None-Match: *\r\n\r\n"
            ))
            .await;
        let response = client.response().await.unwrap();
        assert_eq!(response.status, status);
        for name in ["Content-Length", "Content-Type", "Transfer-Encoding"] {
            assert_eq!(response.header(name), None, "{path}");
        }
        assert!(response.header("Etag").unwrap().starts_with('"'));
    }
}

#[tokio::test]
async fn the_entity_tag_of_a_compressed_image_is_weak_and_still_names_the_state() {
    let app = TestApp::new();
    let description = "x".repeat(10_000);
    let id = app
        .member()
        .create(json!({"description": description}))
        .await;
    let strong = current(&app, &id).await;
    let path = format!("/v2/images/{id}");
    let gzip = ("Accept-Encoding", "gzip");
    let unchanged = [gzip, ("If-None-Match", &*format!("W/{strong}"))];
    let response = app.member().send(Method::GET, &path, &unchanged).await;
    assert_snapshot!(response.to_text(), @r#"
    304 Not Modified
    content-length: 0
    etag: W/"<state>"
    vary: accept-encoding
    "#);
    let changed = [("If-Match", &*format!("W/{strong}"))];
    let response = app.member().send(Method::DELETE, &path, &changed).await;
    assert_eq!(response.status, StatusCode::NO_CONTENT);
}

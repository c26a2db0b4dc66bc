//! What the calls of the collection do.

use std::collections::BTreeSet;

use axum::http::{Method, StatusCode};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::calls::{add, call, clear, edit, list, listed, replace};
use crate::support::{DEBIAN, TestApp, UBUNTU};

#[tokio::test]
async fn the_collection_has_the_tags_of_the_image_sorted_by_code_point() {
    let app = TestApp::new();
    let empty = call(app.member(), Method::GET, DEBIAN, Value::Null).await;
    assert_snapshot!(empty.to_text(), @r#"
    200 OK
    content-length: 11
    content-type: application/json
    etag: "<state>"

    {"tags":[]}
    "#);
    for tag in ["b", "%C3%A9", "B", "a%2Fb"] {
        app.member().put_tag(DEBIAN, tag).await;
    }
    assert_eq!(list(app.reader(), DEBIAN).await, ["B", "a/b", "b", "é"]);
    assert_eq!(list(app.stranger(), UBUNTU).await, ["lts"]);
}

#[tokio::test]
async fn a_put_replaces_all_tags_and_answers_the_new_ones() {
    let app = TestApp::new();
    app.member().put_tag(DEBIAN, "old").await;
    for (tags, expected) in [
        (&["b", "é", "a/b", "b"][..], &["a/b", "b", "é"][..]),
        (&["b", "c", ""], &["", "b", "c"]),
        (&[], &[]),
    ] {
        let response = replace(app.member(), DEBIAN, tags).await;
        assert_eq!(listed(&response), expected);
        assert_eq!(app.member().tags(DEBIAN).await, expected);
    }
}

#[tokio::test]
async fn a_post_adds_the_tags_that_are_missing() {
    let app = TestApp::new();
    for (tags, expected) in [
        (&["b", "a"][..], &["a", "b"][..]),
        (&["c", "a"], &["a", "b", "c"]),
        (&[], &["a", "b", "c"]),
    ] {
        let response = add(app.member(), DEBIAN, tags).await;
        assert_eq!(listed(&response), expected);
        assert_eq!(app.member().tags(DEBIAN).await, expected);
    }
}

#[tokio::test]
async fn a_post_adds_and_removes_tags_in_one_step() {
    let app = TestApp::new();
    replace(app.member(), DEBIAN, &["a", "b"]).await;
    let moved = edit(app.member(), DEBIAN, &["c", "b"], &["a", "absent"]).await;
    assert_eq!(listed(&moved), ["b", "c"]);
    for (body, expected) in [
        (json!({"add": ["d"]}), &["b", "c", "d"][..]),
        (json!({"remove": ["b", "c"]}), &["d"]),
        (json!({"add": [], "remove": []}), &["d"]),
    ] {
        let response = call(app.member(), Method::POST, DEBIAN, body).await;
        assert_eq!(listed(&response), expected);
        assert_eq!(app.member().tags(DEBIAN).await, expected);
    }
}

#[tokio::test]
async fn a_delete_removes_all_tags() {
    let app = TestApp::new();
    replace(app.member(), DEBIAN, &["a", "b"]).await;
    let responses = [
        clear(app.member(), DEBIAN).await,
        clear(app.member(), DEBIAN).await,
    ];
    let [first, second] = responses.map(|response| response.to_text());
    assert_eq!(first, second);
    assert_snapshot!(first, @"
    204 No Content
    content-length: 0
    content-type: text/html; charset=UTF-8
    ");
    assert_eq!(list(app.member(), DEBIAN).await, [""; 0]);
}

#[tokio::test]
async fn a_call_that_changes_no_tag_does_not_update_updated_at() {
    let app = TestApp::new();
    replace(app.member(), DEBIAN, &["a", "b"]).await;
    let stored = async || app.store.image(DEBIAN.parse().unwrap()).await.unwrap();
    let before = stored().await;
    for response in [
        replace(app.member(), DEBIAN, &["b", "a"]).await,
        add(app.member(), DEBIAN, &["a"]).await,
        edit(app.member(), DEBIAN, &["b"], &["absent"]).await,
    ] {
        assert_eq!(listed(&response), ["a", "b"]);
    }
    assert_eq!(stored().await, before);
    replace(app.member(), DEBIAN, &["a"]).await;
    let (before, after) = (before.unwrap(), stored().await.unwrap());
    assert!(after.updated_at() > before.updated_at());
    assert_eq!(after.revision(), before.revision() + 1);
}

#[tokio::test]
async fn the_quota_counts_the_result_and_not_the_request() {
    let app = TestApp::with(|config| config.limits.tags_per_image = 2);
    let fits = edit(app.member(), DEBIAN, &["a", "b"], &["c", "d", "e"]).await;
    assert_eq!(listed(&fits), ["a", "b"]);
    let exchanged = edit(app.member(), DEBIAN, &["c", "d"], &["a", "b"]).await;
    assert_eq!(listed(&exchanged), ["c", "d"]);
    let mut texts = BTreeSet::new();
    for refused in [
        replace(app.member(), DEBIAN, &["a", "b", "c"]).await,
        add(app.member(), DEBIAN, &["a"]).await,
        edit(app.admin(), DEBIAN, &["a", "b"], &["c"]).await,
    ] {
        texts.insert(refused.to_text());
        assert_eq!(list(app.member(), DEBIAN).await, ["c", "d"]);
    }
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert_snapshot!(texts.first().unwrap(), @"
    413 Request Entity Too Large
    content-type: text/plain; charset=UTF-8

    413 Request Entity Too Large

    Image tag limit exceeded for image 82c96579-ba53-4a84-a69a-716382fe0293: The limit has been exceeded on the number of allowed image tags. Attempted: 3, Maximum: 2:
    ");
}

#[tokio::test]
async fn an_image_over_its_quota_keeps_its_tags_and_gets_no_new_one() {
    let app = TestApp::with(|config| {
        config.limits.tags_per_image = 1;
        let tags = ["a", "b", "c"].map(|tag| tag.parse().unwrap());
        config.images[0].tags = tags.into();
    });
    let id = app.config.images[0].id().to_string();
    for accepted in [
        add(app.member(), &id, &["a", "c"]).await,
        replace(app.member(), &id, &["a", "b", "c"]).await,
        edit(app.member(), &id, &[], &["absent"]).await,
    ] {
        assert_eq!(listed(&accepted), ["a", "b", "c"]);
    }
    let swapped = edit(app.member(), &id, &["d"], &["a"]).await;
    assert_eq!(swapped.status, StatusCode::PAYLOAD_TOO_LARGE);
    let fewer = replace(app.member(), &id, &["b", "c"]).await;
    assert_eq!(listed(&fewer), ["b", "c"]);
}

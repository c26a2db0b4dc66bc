//! `GET /v2/tags`

use axum::http::StatusCode;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::fixture::{ADMIN, MEMBER, READER, STRANGER, UNSCOPED, app, image, public};
use crate::support::{Client, TestApp};

fn catalogue() -> TestApp {
    let mut hidden = image(3, "demo", &["hidden", "lts"]);
    hidden.hidden = true;
    app(vec![
        image(1, "demo", &["lts", "a/b", "é"]),
        public(2, "stranger", &["lts", "Lts", "public"]),
        hidden,
        image(4, "stranger", &["secret"]),
    ])
}

/// The tags on a page, each with its number of images.
async fn tags(client: Client<'_>, query: &str) -> Vec<(String, u64)> {
    let page = client.get(&format!("/v2/tags{query}")).await.json();
    let tags = page["tags"].as_array().unwrap().iter();
    tags.map(|entry| {
        let tag = entry["tag"].as_str().unwrap().to_owned();
        (tag, entry["images"].as_u64().unwrap())
    })
    .collect()
}

fn counted(tags: &[(&str, u64)]) -> Vec<(String, u64)> {
    tags.iter()
        .map(|(tag, images)| ((*tag).to_owned(), *images))
        .collect()
}

#[tokio::test]
async fn the_catalogue_has_the_tags_of_the_images_that_the_caller_lists_and_of_hidden_ones() {
    let app = catalogue();
    let own = counted(&[
        ("Lts", 1),
        ("a/b", 1),
        ("hidden", 1),
        ("lts", 3),
        ("public", 1),
        ("é", 1),
    ]);
    assert_eq!(tags(app.with_token(MEMBER), "").await, own);
    assert_eq!(tags(app.with_token(READER), "").await, own);
    let of_stranger = counted(&[("Lts", 1), ("lts", 1), ("public", 1), ("secret", 1)]);
    assert_eq!(tags(app.with_token(STRANGER), "").await, of_stranger);
    assert_eq!(tags(app.with_token(ADMIN), "").await.len(), 7);
    assert_snapshot!(app.with_token(STRANGER).get("/v2/tags?limit=1").await.to_text(), @r#"
    200 OK
    content-length: 99
    content-type: application/json

    {"tags":[{"tag":"Lts","images":1}],"first":"/v2/tags?limit=1","next":"/v2/tags?limit=1&marker=Lts"}
    "#);
}

#[tokio::test]
async fn pages_follow_each_other_and_a_marker_need_not_exist() {
    let app = catalogue();
    let member = app.with_token(MEMBER);
    let mut path = "/v2/tags?limit=2".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = member.get(&path).await.json();
        assert_eq!(page["first"], json!("/v2/tags?limit=2"));
        for entry in page["tags"].as_array().unwrap() {
            seen.push(entry["tag"].as_str().unwrap().to_owned());
        }
        match &page["next"] {
            Value::String(next) => path.clone_from(next),
            _ => break,
        }
    }
    assert_eq!(seen, ["Lts", "a/b", "hidden", "lts", "public", "é"]);
    assert_eq!(path, "/v2/tags?limit=2&marker=lts");
    let after = tags(member, "?marker=i").await;
    assert_eq!(after, counted(&[("lts", 3), ("public", 1), ("é", 1)]));
    let last = tags(member, "?marker=%C3%A9").await;
    assert_eq!(last, []);
}

#[tokio::test]
async fn a_prefix_is_compared_as_it_is() {
    let app = catalogue();
    let member = app.with_token(MEMBER);
    for (prefix, expected) in [
        ("l", &[("lts", 3)][..]),
        ("L", &[("Lts", 1)]),
        ("a%2F", &[("a/b", 1)]),
        ("%C3%A9", &[("é", 1)]),
        ("%25", &[]),
        ("_", &[]),
        (&"x".repeat(300), &[]),
    ] {
        let found = tags(member, &format!("?prefix={prefix}")).await;
        assert_eq!(found, counted(expected), "{prefix}");
    }
    let page = member.get("/v2/tags?prefix=a%2F&limit=0").await.json();
    assert_eq!(page["first"], json!("/v2/tags?prefix=a%2F&limit=0"));
    assert_eq!(page["tags"], json!([]));
}

#[tokio::test]
async fn a_refused_list_says_why() {
    let app = catalogue();
    let mut lines = Vec::new();
    for (client, query) in [
        (app.anon(), ""),
        (app.with_token(UNSCOPED), ""),
        (app.with_token(MEMBER), "limit=x"),
        (app.with_token(MEMBER), "limit=-1"),
        (app.with_token(MEMBER), "tag=lts"),
        (app.with_token(MEMBER), "limit=1&limit=2"),
        (app.with_token(MEMBER), "prefix=%00"),
        (app.with_token(MEMBER), "prefix=%FF"),
    ] {
        let response = client.get(&format!("/v2/tags?{query}")).await;
        lines.push(format!("{query} → {}", response.to_line()));
    }
    assert_snapshot!(lines.join("\n"), @"
     → 401 This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.
     → 403 You are not authorized to complete get_images action.
    limit=x → 400 limit param must be an integer
    limit=-1 → 400 limit param must be positive
    tag=lts → 400 Unknown parameter 'tag'.
    limit=1&limit=2 → 400 Repeated parameter 'limit'.
    prefix=%00 → 400 A query cannot contain the NUL character.
    prefix=%FF → 400 Error decoding your request. Either the URL or the request body contained characters that could not be decoded by Glance
    ");
    let marker = format!("/v2/tags?marker={}", "x".repeat(256));
    let long = app.with_token(MEMBER).get(&marker).await;
    assert_eq!(long.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_version_in_the_path_may_be_omitted() {
    let app = catalogue();
    let with_version = app.with_token(MEMBER).get("/v2/tags").await;
    for path in ["/tags", "/v2.7/tags"] {
        let response = app.with_token(MEMBER).get(path).await;
        assert_eq!(response.body, with_version.body);
    }
}

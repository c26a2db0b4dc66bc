//! `GET /v2/tags/{tag}`

use axum::http::{Method, StatusCode};
use image_tags::image::Visibility;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::fixture::{
    ADMIN, MEMBER, READER, STRANGER, UNSCOPED, app, etag, id, image, numbers, promote, public,
    send, three,
};
use crate::support::{Client, TestApp};

async fn carriers(client: Client<'_>, path: &str) -> Vec<u32> {
    numbers(&client.get(path).await.json()["images"])
}

fn shared() -> TestApp {
    let mut hidden = image(3, "demo", &["lts"]);
    hidden.hidden = true;
    let mut community = image(5, "stranger", &["lts"]);
    community.visibility = Visibility::Community;
    app(vec![
        image(1, "demo", &["lts"]),
        public(2, "stranger", &["lts"]),
        hidden,
        image(4, "stranger", &["lts"]),
        community,
    ])
}

#[tokio::test]
async fn a_tag_shows_its_images_and_how_they_got_it() {
    let app = three();
    let member = app.with_token(MEMBER);
    let before = member.get("/v2/tags/production").await;
    assert_snapshot!(before.to_text(), @r#"
    200 OK
    content-length: 389
    content-type: application/json
    etag: "<state>"

    {
      "tag": "production",
      "rule": {
        "pattern": "production*",
        "exclusive": "project",
        "on_conflict": "move",
        "add_roles": null,
        "remove_roles": null,
        "immutable": false
      },
      "images": [
        {
          "id": "00000000-0000-4000-8000-000000000001",
          "name": "image 1",
          "owner": "demo",
          "status": "active",
          "visibility": "private",
          "os_hidden": false,
          "set_at": null,
          "set_by": null,
          "request_id": null,
          "reason": null
        }
      ],
      "first": "/v2/tags/production"
    }
    "#);
    let body = json!({"image": id(2), "reason": "tested"});
    send(member, Method::PUT, "/v2/tags/production/image", &[], body).await;
    let mut after = member.get("/v2/tags/production").await.json();
    let image = after["images"][0].take();
    assert_eq!(image["id"], json!(id(2)));
    assert_eq!(
        image["set_by"],
        json!({"user": "member", "project": "demo"})
    );
    assert_eq!(image["reason"], json!("tested"));
    assert!(image["request_id"].as_str().unwrap().starts_with("req-"));
    let time = image["set_at"].as_str().unwrap();
    assert_eq!((time.len(), &time[26..]), (27, "Z"), "{time}");
    assert_eq!(after["images"], json!([null]));
}

#[tokio::test]
async fn the_rule_that_counts_is_shown() {
    let app = app(vec![image(1, "demo", &["certified", "kept", "other"])]);
    let member = app.with_token(MEMBER);
    let mut rules = Vec::new();
    for tag in ["certified", "kept", "other"] {
        let rule = &member.get(&format!("/v2/tags/{tag}")).await.json()["rule"];
        rules.push(format!("{tag}: {rule}"));
    }
    assert_snapshot!(rules.join("\n"), @r#"
    certified: {"pattern":"certified","exclusive":"project","on_conflict":"move","add_roles":["auditor"],"remove_roles":null,"immutable":false}
    kept: {"pattern":"kept","exclusive":null,"on_conflict":null,"add_roles":null,"remove_roles":null,"immutable":true}
    other: null
    "#);
}

#[tokio::test]
async fn the_images_are_those_that_the_caller_lists_and_hidden_ones_newest_first() {
    let app = shared();
    assert_eq!(
        carriers(app.with_token(MEMBER), "/v2/tags/lts").await,
        [3, 2, 1]
    );
    assert_eq!(
        carriers(app.with_token(READER), "/v2/tags/lts").await,
        [3, 2, 1]
    );
    assert_eq!(
        carriers(app.with_token(STRANGER), "/v2/tags/lts").await,
        [5, 4, 2]
    );
    assert_eq!(
        carriers(app.with_token(ADMIN), "/v2/tags/lts").await,
        [5, 4, 3, 2, 1]
    );
    let of_stranger = "/v2/tags/lts?owner=stranger";
    assert_eq!(carriers(app.with_token(MEMBER), of_stranger).await, [2]);
    assert_eq!(
        carriers(app.with_token(ADMIN), of_stranger).await,
        [5, 4, 2]
    );
}

#[tokio::test]
async fn pages_follow_each_other() {
    let app = shared();
    let member = app.with_token(MEMBER);
    let mut path = "/v2/tags/lts?limit=1".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = member.get(&path).await.json();
        assert_eq!(page["first"], json!("/v2/tags/lts?limit=1"));
        seen.extend(numbers(&page["images"]));
        match &page["next"] {
            Value::String(next) => path.clone_from(next),
            _ => break,
        }
    }
    assert_eq!(seen, [3, 2, 1]);
    let last = format!("/v2/tags/lts?marker={}", id(1));
    assert_eq!(carriers(member, &last).await, [0; 0]);
}

#[tokio::test]
async fn a_tag_with_a_slash_or_the_name_of_an_operation_is_a_tag() {
    for tag in ["a/b", "image", "history", "assign", "é x"] {
        let app = app(vec![image(1, "demo", &[tag])]);
        let encoded = tag
            .replace('/', "%2F")
            .replace(' ', "%20")
            .replace('é', "%C3%A9");
        let shown = app
            .with_token(MEMBER)
            .get(&format!("/v2/tags/{encoded}"))
            .await;
        let shown = shown.json();
        assert_eq!(shown["tag"], json!(tag));
        assert_eq!(shown["first"], json!(format!("/v2/tags/{encoded}")));
    }
}

#[tokio::test]
async fn a_refused_look_up_says_why() {
    let app = shared();
    let member = app.with_token(MEMBER);
    let (long, unknown) = ("x".repeat(256), id(99));
    let mut lines = Vec::new();
    for (client, path) in [
        (app.anon(), "lts"),
        (app.with_token(UNSCOPED), "lts"),
        (member, "absent"),
        (member, "LTS"),
        (member, &*long),
        (member, "lts?owner=nobody"),
        (member, "lts?owner="),
        (member, "lts?limit=x"),
        (member, "lts?tag=lts"),
        (member, "lts?marker=x"),
        (member, &format!("lts?marker={unknown}")),
        (member, "a%00b"),
        (member, "a%zz"),
        (member, ""),
    ] {
        let line = client.get(&format!("/v2/tags/{path}")).await.to_line();
        lines.push(format!("{path} → {line}").replace(&long, "256 x x"));
    }
    assert_snapshot!(lines.join("\n"), @"
    lts → 401 This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.
    lts → 403 You are not authorized to complete get_images action.
    absent → 404 No image found with the tag 'absent'.
    LTS → 404 No image found with the tag 'LTS'.
    256 x x → 404 The resource could not be found.
    lts?owner=nobody → 404 No image found with the tag 'lts'.
    lts?owner= → 400 Invalid owner: a project id must not be empty.
    lts?limit=x → 400 limit param must be an integer
    lts?tag=lts → 400 Unknown parameter 'tag'.
    lts?marker=x → 400 No image found with ID x
    lts?marker=00000000-0000-4000-8000-000000000099 → 400 No image found with ID 00000000-0000-4000-8000-000000000099
    a%00b → 400 A tag cannot contain the NUL character.
    a%zz → 400 Error decoding your request. Either the URL or the request body contained characters that could not be decoded by Glance
     → 404 The resource could not be found.
    ");
    let head = member.send(Method::HEAD, "/v2/tags/lts", &[]).await;
    assert_eq!(head.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(head.header("allow"), Some("GET"));
}

#[tokio::test]
async fn the_entity_tag_changes_with_everything_that_is_shown() {
    let app = three();
    let member = app.with_token(MEMBER);
    let path = "/v2/tags/production";
    let mut seen = vec![etag(&member.get(path).await).to_owned()];
    let known = member
        .send(Method::GET, path, &[("If-None-Match", &seen[0])])
        .await;
    assert_eq!(
        (known.status, etag(&known)),
        (StatusCode::NOT_MODIFIED, &*seen[0])
    );

    let rename = json!([{"op": "replace", "path": "/name", "value": "renamed"}]);
    member.patch(&id(1), &rename).await;
    seen.push(etag(&member.get(path).await).to_owned());
    promote(member, "production", 2).await;
    seen.push(etag(&member.get(path).await).to_owned());
    seen.push(etag(&member.get("/v2/tags/production?limit=5").await).to_owned());
    for (index, tag) in seen.iter().enumerate() {
        assert!(!seen[..index].contains(tag), "{seen:?}");
    }
    // A new name is no new state of the tag, a promotion is one.
    let state = |tag: &str| tag.split('-').next().unwrap().to_owned();
    assert_eq!(state(&seen[0]), state(&seen[1]));
    assert_ne!(state(&seen[1]), state(&seen[2]));
    assert_eq!(state(&seen[2]), state(&seen[3]));
    let outdated = member
        .send(Method::GET, path, &[("If-Match", &seen[0])])
        .await;
    assert_eq!(outdated.status, StatusCode::PRECONDITION_FAILED);
    for fresh in ["*", &seen[3]] {
        let fresh = member.send(Method::GET, path, &[("If-Match", fresh)]).await;
        assert_eq!(fresh.status, StatusCode::OK);
    }
}

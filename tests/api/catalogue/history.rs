//! `GET /v2/tags/{tag}/history` and `GET /v2/images/{image_id}/tags/history`

use axum::http::{Method, StatusCode};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::fixture::{
    ADMIN, MEMBER, READER, STRANGER, UNSCOPED, app, history, id, image, promote, public, three,
};
use crate::support::{Client, TestApp};

/// Follows the pages from `path` on, and returns the ids of their events.
async fn pages(client: Client<'_>, path: &str) -> Vec<u64> {
    let mut path = path.to_owned();
    let mut ids = Vec::new();
    loop {
        let page = client.get(&path).await.json();
        let events = page["events"].as_array().unwrap().iter();
        ids.extend(events.map(|event| event["id"].as_u64().unwrap()));
        match &page["next"] {
            Value::String(next) => path.clone_from(next),
            _ => return ids,
        }
    }
}

#[tokio::test]
async fn each_change_of_a_tag_is_an_event() {
    let app = three();
    let member = app.with_token(MEMBER);
    let moved = promote(member, "production", 2).await.json();
    let mut events = member.get("/v2/tags/production/history").await.json();
    let events = events["events"].as_array_mut().unwrap();
    let ids: Vec<_> = events.iter_mut().map(|event| event["id"].take()).collect();
    assert_eq!(json!(ids), json!([moved["events"][1], moved["events"][0]]));
    let time = events[0]["time"].take();
    assert_eq!(time, moved["time"]);
    let request = events[0]["request_id"].take();
    assert!(request.as_str().unwrap().starts_with("req-"));
    assert_eq!(events[1]["request_id"], request);
    assert_eq!(
        events[0],
        json!({
            "id": null,
            "time": null,
            "image": id(2),
            "tag": "production",
            "action": "added",
            "owner": "demo",
            "user": "member",
            "project": "demo",
            "request_id": null,
            "reason": null,
        })
    );
    assert_eq!(events[1]["action"], json!("removed"));
    assert_eq!(events[1]["image"], json!(id(1)));
}

#[tokio::test]
async fn pages_follow_each_other_newest_first() {
    let app = three();
    let member = app.with_token(MEMBER);
    for number in [2, 3, 1, 2] {
        promote(member, "production", number).await;
    }
    member.put_tag(&id(2), "other").await;
    for (path, count) in [
        ("/v2/tags/production/history".to_owned(), 8),
        (format!("/v2/images/{}/tags/history", id(2)), 4),
    ] {
        let all = pages(member, &path).await;
        assert_eq!(all.len(), count, "{path}");
        assert!(all.is_sorted_by(|one, other| one > other), "{all:?}");
        for limit in [1, 3, 1000] {
            let paged = pages(member, &format!("{path}?limit={limit}")).await;
            assert_eq!(paged, all, "{path} {limit}");
        }
        let after = pages(member, &format!("{path}?marker={}", all[1])).await;
        assert_eq!(after, all[2..]);
        for (marker, expected) in [(u64::MAX, &all[..]), (0, &[])] {
            let after = pages(member, &format!("{path}?marker={marker}")).await;
            assert_eq!(after, expected);
        }
        let first = member
            .get(&format!("{path}?limit=1&marker={}", all[0]))
            .await
            .json();
        assert_eq!(first["first"], json!(format!("{path}?limit=1")));
        assert_eq!(
            first["next"],
            json!(format!("{path}?limit=1&marker={}", all[1]))
        );
    }
}

#[tokio::test]
async fn the_history_of_an_image_has_all_of_its_tags_and_outlives_it() {
    let app = three();
    let member = app.with_token(MEMBER);
    member.put_tag(&id(2), "a").await;
    promote(member, "production", 2).await;
    member.delete_tag(&id(2), "a").await;
    let path = format!("/v2/images/{}/tags/history", id(2));
    let events = ["a removed 2", "production added 2", "a added 2"];
    assert_eq!(history(member, &path).await, events);
    assert_eq!(history(app.with_token(READER), &path).await, events);

    member
        .send(Method::DELETE, &format!("/v2/images/{}", id(2)), &[])
        .await;
    assert_eq!(history(member, &path).await[0], "production removed 2");
    assert_eq!(history(member, &path).await[1..], events);
    assert_eq!(history(app.with_token(ADMIN), &path).await[1..], events);
    assert_eq!(history(member, &format!("{path}?marker=0")).await, [""; 0]);
    let of_tag = history(member, "/v2/tags/production/history").await;
    assert_eq!(of_tag[0], "production removed 2");
}

#[tokio::test]
async fn an_image_that_the_caller_does_not_see_has_no_history() {
    let app = app(vec![image(1, "demo", &[]), image(2, "demo", &[])]);
    let member = app.with_token(MEMBER);
    for number in [1, 2] {
        member.put_tag(&id(number), "a").await;
    }
    member
        .send(Method::DELETE, &format!("/v2/images/{}", id(2)), &[])
        .await;
    let mut texts = Vec::new();
    for (token, image) in [
        (STRANGER, id(1)),
        (STRANGER, id(2)),
        (STRANGER, id(99)),
        (MEMBER, id(99)),
        (ADMIN, id(99)),
        (MEMBER, "no-id".to_owned()),
        (UNSCOPED, id(1)),
        (UNSCOPED, id(2)),
    ] {
        for query in ["", "?marker=100", "?limit=0"] {
            let path = format!("/v2/images/{image}/tags/history{query}");
            let response = app.with_token(token).get(&path).await;
            texts.push(response.to_text().replace(&image, "ID"));
        }
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert_snapshot!(texts[0], @"
    404 Not Found
    content-type: text/plain; charset=UTF-8

    404 Not Found

    Image ID not found.
    ");
    let path = format!("/v2/images/{}/tags/history", id(1));
    assert_eq!(app.anon().get(&path).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_tag_without_events_has_an_empty_history() {
    let app = three();
    for tag in ["production", "absent"] {
        let path = format!("/v2/tags/{tag}/history");
        let empty = app.with_token(MEMBER).get(&path).await;
        assert_eq!(empty.status, StatusCode::OK);
        assert_eq!(empty.json(), json!({"events": [], "first": path}));
    }
}

#[tokio::test]
async fn a_refused_history_says_why() {
    let app = three();
    let member = app.with_token(MEMBER);
    let mut lines = Vec::new();
    for (client, path) in [
        (app.anon(), "x/history"),
        (app.with_token(UNSCOPED), "x/history"),
        (member, "x/history?marker=a"),
        (member, "x/history?marker=-1"),
        (member, "x/history?limit=a"),
        (member, "x/history?owner=demo"),
        (member, "a%00/history"),
    ] {
        let line = client.get(&format!("/v2/tags/{path}")).await.to_line();
        lines.push(format!("{path} → {line}"));
    }
    let long = format!("/v2/tags/{}/history", "x".repeat(256));
    lines.push(format!("256 x x → {}", member.get(&long).await.to_line()));
    let of_image = format!("/v2/images/{}/tags/history?marker=a", id(1));
    lines.push(format!("image → {}", member.get(&of_image).await.to_line()));
    assert_snapshot!(lines.join("\n"), @"
    x/history → 401 This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.
    x/history → 403 You are not authorized to complete get_images action.
    x/history?marker=a → 400 The marker is not the id of an event: 'a'.
    x/history?marker=-1 → 400 The marker is not the id of an event: '-1'.
    x/history?limit=a → 400 limit param must be an integer
    x/history?owner=demo → 400 Unknown parameter 'owner'.
    a%00/history → 400 A tag cannot contain the NUL character.
    256 x x → 404 The resource could not be found.
    image → 400 The marker is not the id of an event: 'a'.
    ");
}

/// The tag `history` of an image has the path of the history of the image's tags.
#[tokio::test]
async fn only_get_of_the_tag_history_is_about_the_history() {
    let app: TestApp = app(vec![public(1, "demo", &[])]);
    let member = app.with_token(MEMBER);
    let path = format!("/v2/images/{}/tags/history", id(1));
    let head = async || member.send(Method::HEAD, &path, &[]).await.status;
    assert_eq!(head().await, StatusCode::NOT_FOUND);
    let added = member.put_tag(&id(1), "history").await;
    assert_eq!(added.status, StatusCode::NO_CONTENT);
    assert_eq!(member.tags(&id(1)).await, ["history"]);
    assert_eq!(head().await, StatusCode::NO_CONTENT);
    assert_eq!(history(member, &path).await, ["history added 1"]);
    assert_eq!(
        history(member, "/v2/tags/history/history").await,
        ["history added 1"]
    );
    let removed = member.delete_tag(&id(1), "history").await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    assert_eq!(head().await, StatusCode::NOT_FOUND);
    assert_eq!(member.get(&path).await.status, StatusCode::OK);
    let refused = member.send(Method::POST, &path, &[]).await;
    assert_eq!(refused.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(refused.header("allow"), Some("GET, HEAD, PUT, DELETE"));
}

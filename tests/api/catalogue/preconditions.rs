//! `If-Match` and `If-None-Match` of moves.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use image_tags::store::Memory;
use insta::assert_snapshot;
use serde_json::json;

use super::fixture::{
    ADMIN, MEMBER, READER, app, etag, history, holders, id, image, over, promote, promote_if, send,
    three,
};
use crate::support::{Client, Response};

async fn shown(client: Client<'_>, path: &str) -> String {
    etag(&client.get(path).await).to_owned()
}

#[tokio::test]
async fn a_promotion_is_made_if_the_tag_is_where_the_caller_believes() {
    let app = three();
    let member = app.with_token(MEMBER);
    let (list, one) = ("/v2/tags/production", "/v2/tags/production/image");
    let mut number = 1;
    for path in [list, one] {
        for form in [
            |tag: &str| tag.to_owned(),
            |tag: &str| format!("W/{tag}"),
            |tag: &str| format!("\"x\", {tag}"),
            |tag: &str| format!("{}\"", tag.split('-').next().unwrap()),
        ] {
            number = number % 3 + 1;
            let tag = form(&shown(member, path).await);
            let moved = promote_if(member, "production", number, &[("If-Match", &tag)]).await;
            assert_eq!(moved.status, StatusCode::OK, "{tag}");
            let stale = promote_if(member, "production", 1, &[("If-Match", &tag)]).await;
            assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED, "{tag}");
            assert_eq!(holders(&app, "production").await, [number]);
            // The answer has the tag for the next promotion.
            let answered = etag(&moved).to_owned();
            let same = [("If-Match", &*answered)];
            let again = promote_if(member, "production", number, &same).await;
            assert_eq!((again.status, etag(&again)), (StatusCode::OK, &*answered));
        }
    }
}

#[tokio::test]
async fn other_changes_of_the_carriers_count_too() {
    let app = three();
    let member = app.with_token(MEMBER);
    let path = format!("/v2/images/{}", id(1));
    for change in ["put", "delete", "delete image"] {
        promote(member, "production", 1).await;
        let tag = shown(member, "/v2/tags/production").await;
        match change {
            "put" => member.put_tag(&id(2), "production").await,
            "delete" => member.delete_tag(&id(1), "production").await,
            _ => member.send(Method::DELETE, &path, &[]).await,
        };
        let stale = promote_if(member, "production", 3, &[("If-Match", &tag)]).await;
        assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED, "{change}");
    }
}

/// The store in memory drops the oldest events of the history when they take too much.
#[tokio::test]
async fn an_outdated_state_does_not_come_back_when_the_history_makes_room() {
    let images = [
        image(1, "demo", &["production"]),
        image(2, "demo", &[]),
        image(3, "demo", &[]),
    ];
    let store = Memory::with_images(images).with_max_bytes(32 << 10);
    let app = over(Arc::new(store));
    let member = app.with_token(MEMBER);
    let path = "/v2/tags/production";
    let outdated = shown(member, path).await;
    promote(member, "production", 2).await;
    while !history(member, &format!("{path}/history")).await.is_empty() {
        member.put_tag(&id(3), "other").await;
        member.delete_tag(&id(3), "other").await;
    }
    let stale = [("If-Match", &*outdated)];
    let moved = promote_if(member, "production", 3, &stale).await;
    assert_eq!(moved.status, StatusCode::PRECONDITION_FAILED);
    let fresh = shown(member, path).await;
    let moved = promote_if(member, "production", 3, &[("If-Match", &fresh)]).await;
    assert_eq!(moved.status, StatusCode::OK);
}

#[tokio::test]
async fn a_star_stands_for_a_tag_that_an_image_of_the_scope_has() {
    let app = app(vec![
        image(1, "demo", &[]),
        image(2, "demo", &[]),
        image(3, "vendor", &["production"]),
    ]);
    let member = app.with_token(MEMBER);
    for (header, number, status) in [
        ("If-Match", 1, 412),
        ("If-None-Match", 1, 200),
        ("If-None-Match", 2, 412),
        ("If-Match", 2, 200),
    ] {
        let response = promote_if(member, "production", number, &[(header, "*")]).await;
        assert_eq!(response.status.as_u16(), status, "{header} {number}");
    }
    assert_eq!(holders(&app, "production").await, [3, 2]);
    // An image that has the tag alone is no exception.
    let same = promote_if(member, "production", 2, &[("If-None-Match", "*")]).await;
    assert_eq!(same.status, StatusCode::PRECONDITION_FAILED);
}

/// Every move, of `production` from image 1 to image 2.
async fn every_move(client: Client<'_>, headers: &[(&str, &str)]) -> Vec<Response> {
    let calls = [
        (Method::PUT, "image", json!({"image": id(2)})),
        (Method::POST, "assign", json!({"from_tag": "staging"})),
        (Method::POST, "revert", json!({})),
    ];
    let mut responses = Vec::new();
    for (method, below, body) in calls {
        let path = format!("/v2/tags/production/{below}");
        responses.push(send(client, method, &path, headers, body).await);
    }
    responses
}

#[tokio::test]
async fn every_move_evaluates_preconditions() {
    let app = app(vec![image(1, "demo", &[]), image(2, "demo", &["staging"])]);
    let member = app.with_token(MEMBER);
    for number in [2, 1] {
        promote(member, "production", number).await;
    }
    let tag = shown(member, "/v2/tags/production").await;
    for headers in [
        [("If-Match", "\"t0\"")],
        [("If-None-Match", "*")],
        [("If-None-Match", &*tag)],
    ] {
        for response in every_move(member, &headers).await {
            assert_eq!(response.status, StatusCode::PRECONDITION_FAILED);
        }
    }
    assert_eq!(holders(&app, "production").await, [1]);
    for response in every_move(member, &[("If-Match", "x")]).await {
        assert_eq!(response.status, StatusCode::BAD_REQUEST);
    }
    for (index, expected) in [2, 2, 2].into_iter().enumerate() {
        promote(member, "production", 1).await;
        let tag = shown(member, "/v2/tags/production").await;
        let headers = [("If-Match", &*tag)];
        let (method, below, body) = [
            (Method::PUT, "image", json!({"image": id(2)})),
            (Method::POST, "assign", json!({"from_tag": "staging"})),
            (Method::POST, "revert", json!({})),
        ][index]
            .clone();
        let path = format!("/v2/tags/production/{below}");
        let moved = send(member, method, &path, &headers, body).await;
        assert_eq!(moved.status, StatusCode::OK, "{below}");
        assert_eq!(holders(&app, "production").await, [expected]);
    }
}

#[tokio::test]
async fn a_refusal_that_trying_again_cannot_change_comes_first() {
    let app = app(vec![
        image(1, "demo", &["production", "fixed"]),
        image(2, "demo", &["a", "b", "c"]),
        image(3, "demo", &[]),
    ]);
    let mut lines = Vec::new();
    for (token, tag, number) in [
        (READER, "production", 3),
        (MEMBER, "production", 99),
        (MEMBER, "certified", 3),
        (MEMBER, "other", 3),
        (MEMBER, "fixed", 3),
        (MEMBER, "production", 2),
        (MEMBER, "production", 3),
    ] {
        let headers = [("If-Match", "\"t1\"")];
        let line = promote_if(app.with_token(token), tag, number, &headers)
            .await
            .to_line();
        lines.push(format!("{token}, {tag} to {number} → {line}"));
    }
    assert_snapshot!(lines.join("\n"), @"
    token-of-a-reader, production to 3 → 403 You are not authorized to complete modify_image action.
    token-of-a-member, production to 99 → 404 Image 00000000-0000-4000-8000-000000000099 not found.
    token-of-a-member, certified to 3 → 403 You are not authorized to add the tag 'certified': it is reserved for other roles.
    token-of-a-member, other to 3 → 409 The tag 'other' cannot be promoted: no rule in [[tags.rules]] makes it exclusive, so other changes of the tag would not wait for the promotion.
    token-of-a-member, fixed to 3 → 412 A precondition of the request does not hold: If-Match or If-None-Match.
    token-of-a-member, production to 2 → 412 A precondition of the request does not hold: If-Match or If-None-Match.
    token-of-a-member, production to 3 → 412 A precondition of the request does not hold: If-Match or If-None-Match.
    ");
}

#[tokio::test]
async fn an_admin_reads_the_state_of_the_project_that_it_names() {
    let app = app(vec![
        image(1, "demo", &["production"]),
        image(2, "demo", &[]),
        image(3, "admins", &[]),
    ]);
    let admin = app.with_token(ADMIN);
    promote(app.with_token(MEMBER), "production", 2).await;
    promote(admin, "production", 3).await;
    for (path, status) in [
        ("/v2/tags/production", StatusCode::PRECONDITION_FAILED),
        ("/v2/tags/production/image", StatusCode::PRECONDITION_FAILED),
        ("/v2/tags/production?owner=demo", StatusCode::OK),
        ("/v2/tags/production/image?owner=demo", StatusCode::OK),
    ] {
        promote(admin, "production", 2).await;
        let tag = shown(admin, path).await;
        let moved = promote_if(admin, "production", 1, &[("If-Match", &tag)]).await;
        assert_eq!(moved.status, status, "{path}");
    }
}

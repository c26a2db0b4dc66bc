//! Moves that are refused and change nothing.

use axum::http::{Method, StatusCode};
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::fixture::{
    ADMIN, MEMBER, READER, STRANGER, UNSCOPED, app, assign, id, image, promote, public, revert,
    send,
};
use crate::support::TestApp;

fn refusing() -> TestApp {
    app(vec![
        image(1, "demo", &["production", "fixed", "certified"]),
        image(2, "demo", &["a", "b", "c"]),
        public(3, "demo", &["staging"]),
        image(4, "stranger", &["global"]),
        image(5, "demo", &["many"]),
        image(6, "demo", &["many"]),
        image(7, "demo", &[]),
    ])
}

/// All images, as an admin sees them.
async fn everything(app: &TestApp) -> Value {
    let admin = app.with_token(ADMIN);
    admin
        .get("/v2/images?visibility=all&limit=1000")
        .await
        .json()
}

#[tokio::test]
async fn a_refused_promotion_says_why_and_changes_nothing() {
    let app = refusing();
    let before = everything(&app).await;
    let mut lines = Vec::new();
    for (token, tag, number) in [
        (None, "production", 7),
        (Some(UNSCOPED), "production", 7),
        (Some(READER), "production", 7),
        (Some(STRANGER), "production", 7),
        (Some(STRANGER), "production", 3),
        (Some(MEMBER), "production", 99),
        (Some(MEMBER), "production", 2),
        (Some(MEMBER), "certified", 7),
        (Some(MEMBER), "fixed", 7),
        (Some(ADMIN), "fixed", 7),
        (Some(MEMBER), "global", 7),
        (Some(MEMBER), "kept", 7),
        (Some(MEMBER), "other", 7),
        (Some(STRANGER), "other", 7),
    ] {
        let client = token.map_or(app.anon(), |token| app.with_token(token));
        let line = promote(client, tag, number).await.to_line();
        let token = token.unwrap_or("no token");
        lines.push(format!("{token}, {tag} to {number} → {line}"));
    }
    assert_snapshot!(lines.join("\n"), @"
    no token, production to 7 → 401 This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.
    token-without-project, production to 7 → 404 Image 00000000-0000-4000-8000-000000000007 not found.
    token-of-a-reader, production to 7 → 403 You are not authorized to complete modify_image action.
    token-of-a-stranger, production to 7 → 404 Image 00000000-0000-4000-8000-000000000007 not found.
    token-of-a-stranger, production to 3 → 403 You are not authorized to complete modify_image action.
    token-of-a-member, production to 99 → 404 Image 00000000-0000-4000-8000-000000000099 not found.
    token-of-a-member, production to 2 → 413 Image tag limit exceeded for image 00000000-0000-4000-8000-000000000002: The limit has been exceeded on the number of allowed image tags. Attempted: 4, Maximum: 3:
    token-of-a-member, certified to 7 → 403 You are not authorized to add the tag 'certified': it is reserved for other roles.
    token-of-a-member, fixed to 7 → 409 Only one image can have the tag 'fixed', and image 00000000-0000-4000-8000-000000000001 has it.
    token-of-an-admin, fixed to 7 → 409 Only one image can have the tag 'fixed', and image 00000000-0000-4000-8000-000000000001 has it.
    token-of-a-member, global to 7 → 403 Only one image can have the tag 'global', and you are not authorized to take it from the image that has it.
    token-of-a-member, kept to 7 → 409 The tag 'kept' cannot be promoted: no rule in [[tags.rules]] makes it exclusive, so other changes of the tag would not wait for the promotion.
    token-of-a-member, other to 7 → 409 The tag 'other' cannot be promoted: no rule in [[tags.rules]] makes it exclusive, so other changes of the tag would not wait for the promotion.
    token-of-a-stranger, other to 7 → 404 Image 00000000-0000-4000-8000-000000000007 not found.
    ");
    assert_eq!(everything(&app).await, before);
    let history = app
        .with_token(ADMIN)
        .get("/v2/tags/production/history")
        .await;
    assert_eq!(history.json()["events"], json!([]));
}

#[tokio::test]
async fn a_refused_assignment_says_why_and_changes_nothing() {
    let app = refusing();
    let before = everything(&app).await;
    let mut lines = Vec::new();
    for (token, path, from) in [
        (None, "production", "staging"),
        (Some(UNSCOPED), "production", "staging"),
        (Some(READER), "production", "staging"),
        (Some(STRANGER), "production", "staging"),
        (Some(STRANGER), "production?owner=demo", "staging"),
        (Some(MEMBER), "production", "absent"),
        (Some(MEMBER), "production", "many"),
        (Some(MEMBER), "production", "a"),
        (Some(MEMBER), "production", "global"),
        (Some(MEMBER), "fixed", "staging"),
        (Some(MEMBER), "other", "staging"),
        (Some(ADMIN), "production?owner=stranger", "staging"),
    ] {
        let client = token.map_or(app.anon(), |token| app.with_token(token));
        let (tag, query) = path.split_once('?').unwrap_or((path, ""));
        let path = format!("/v2/tags/{tag}/assign?{query}");
        let body = json!({ "from_tag": from });
        let line = send(client, Method::POST, &path, &[], body).await.to_line();
        let token = token.unwrap_or("no token");
        lines.push(format!("{token}, {tag} {query} from {from} → {line}"));
    }
    assert_snapshot!(lines.join("\n"), @"
    no token, production  from staging → 401 This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.
    token-without-project, production  from staging → 403 You are not authorized to complete get_images action.
    token-of-a-reader, production  from staging → 403 You are not authorized to complete modify_image action.
    token-of-a-stranger, production  from staging → 404 No image found with the tag 'staging'.
    token-of-a-stranger, production owner=demo from staging → 403 You are not authorized to complete modify_image action.
    token-of-a-member, production  from absent → 404 No image found with the tag 'absent'.
    token-of-a-member, production  from many → 409 More than one image has the tag 'many'.
    token-of-a-member, production  from a → 413 The limit has been exceeded on the number of allowed image tags. Attempted: 4, Maximum: 3
    token-of-a-member, production  from global → 404 No image found with the tag 'global'.
    token-of-a-member, fixed  from staging → 409 Only one image can have the tag 'fixed', and image 00000000-0000-4000-8000-000000000001 has it.
    token-of-a-member, other  from staging → 409 The tag 'other' cannot be promoted: no rule in [[tags.rules]] makes it exclusive, so other changes of the tag would not wait for the promotion.
    token-of-an-admin, production owner=stranger from staging → 404 No image found with the tag 'staging'.
    ");
    assert_eq!(everything(&app).await, before);
}

#[tokio::test]
async fn a_refused_reversion_says_why_and_changes_nothing() {
    let app = refusing();
    let member = app.with_token(MEMBER);
    let moved = promote(member, "production", 7).await.json();
    let other = promote(member, "staging", 7).await.json();
    let event = |answer: &Value, index: usize| answer["events"][index].as_u64().unwrap();
    let events = [
        ("removed", event(&moved, 0)),
        ("added", event(&moved, 1)),
        ("of staging", event(&other, 1)),
        ("none", 0),
        ("the largest", u64::MAX),
    ];
    let before = everything(&app).await;
    let mut lines = Vec::new();
    for (token, tag, event) in [
        (None, "production", None),
        (Some(UNSCOPED), "production", None),
        (Some(READER), "production", None),
        (Some(READER), "production", Some("added")),
        (Some(STRANGER), "production", None),
        (Some(STRANGER), "production", Some("added")),
        (Some(STRANGER), "production?owner=demo", None),
        (Some(MEMBER), "production", Some("removed")),
        (Some(MEMBER), "production", Some("of staging")),
        (Some(MEMBER), "production", Some("none")),
        (Some(MEMBER), "production", Some("the largest")),
        (Some(MEMBER), "production-2", None),
        (Some(MEMBER), "other", None),
    ] {
        let client = token.map_or(app.anon(), |token| app.with_token(token));
        let (tag, query) = tag.split_once('?').unwrap_or((tag, ""));
        let path = format!("/v2/tags/{tag}/revert?{query}");
        let named = events.iter().find(|(name, _)| Some(*name) == event);
        let body = named.map_or(json!({}), |(_, id)| json!({ "to": id }));
        let line = send(client, Method::POST, &path, &[], body).await.to_line();
        let line = named.map_or(line.clone(), |(_, id)| {
            line.replace(&format!("ID {id} "), "ID … ")
        });
        let (token, event) = (
            token.unwrap_or("no token"),
            event.unwrap_or("the image before"),
        );
        lines.push(format!("{token}, {tag} {query} to {event} → {line}"));
    }
    assert_snapshot!(lines.join("\n"), @"
    no token, production  to the image before → 401 This server could not verify that you are authorized to access the document you requested. Either you supplied the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials required.
    token-without-project, production  to the image before → 403 You are not authorized to complete get_images action.
    token-of-a-reader, production  to the image before → 403 You are not authorized to complete modify_image action.
    token-of-a-reader, production  to added → 403 You are not authorized to complete modify_image action.
    token-of-a-stranger, production  to the image before → 409 No other image had the tag 'production' before.
    token-of-a-stranger, production  to added → 404 No event found with ID … that set the tag.
    token-of-a-stranger, production owner=demo to the image before → 403 You are not authorized to complete modify_image action.
    token-of-a-member, production  to removed → 404 No event found with ID … that set the tag.
    token-of-a-member, production  to of staging → 404 No event found with ID … that set the tag.
    token-of-a-member, production  to none → 404 No event found with ID … that set the tag.
    token-of-a-member, production  to the largest → 404 No event found with ID … that set the tag.
    token-of-a-member, production-2  to the image before → 409 No other image had the tag 'production-2' before.
    token-of-a-member, other  to the image before → 409 The tag 'other' cannot be promoted: no rule in [[tags.rules]] makes it exclusive, so other changes of the tag would not wait for the promotion.
    ");
    assert_eq!(everything(&app).await, before);
}

#[tokio::test]
async fn an_image_of_somebody_else_looks_like_one_that_does_not_exist() {
    let app = refusing();
    let stranger = app.with_token(STRANGER);
    let [unknown, hidden] = [99, 7].map(|number| promote(stranger, "production", number));
    let (unknown, hidden) = (unknown.await, hidden.await);
    let text = |text: String, number| text.replace(&id(number), "ID");
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(text(unknown.to_text(), 99), text(hidden.to_text(), 7));
}

#[tokio::test]
async fn a_tag_that_no_image_can_have_is_refused() {
    let app = refusing();
    let member = app.with_token(MEMBER);
    for tag in [&*"x".repeat(256), "a%00b", "a%zz", "%FF"] {
        for response in [
            promote(member, tag, 7).await,
            assign(member, tag, "staging").await,
            revert(member, tag, json!({})).await,
        ] {
            assert_eq!(response.status, StatusCode::BAD_REQUEST, "{tag}");
        }
    }
}

#[tokio::test]
async fn other_methods_are_405_and_say_which_there_are() {
    let app = refusing();
    for (path, allowed) in [
        ("/v2/tags", "GET"),
        ("/v2/tags/x", "GET"),
        ("/v2/tags/x/image", "GET, PUT"),
        ("/v2/tags/x/history", "GET"),
        ("/v2/tags/x/assign", "POST"),
        ("/v2/tags/x/revert", "POST"),
    ] {
        for method in [Method::DELETE, Method::PATCH, Method::HEAD] {
            let response = app.with_token(MEMBER).send(method, path, &[]).await;
            assert_eq!(response.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
            assert_eq!(response.header("allow"), Some(allowed), "{path}");
        }
    }
}

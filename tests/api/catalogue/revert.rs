//! `POST /v2/tags/{tag}/revert`

use axum::http::{Method, StatusCode};
use image_tags::image::Visibility;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::fixture::{
    ADMIN, MEMBER, VENDOR, app, etag, history, holders, id, image, promote, revert, send, three,
};
use crate::support::{Response, TestApp};

const HISTORY: &str = "/v2/tags/production/history";

/// Images 1 and then 2 and then 3 had the tag.
async fn moved() -> TestApp {
    let app = three();
    let member = app.with_token(MEMBER);
    member.delete_tag(&id(1), "production").await;
    for number in 1..=3 {
        promote(member, "production", number).await;
    }
    app
}

#[tokio::test]
async fn a_reversion_goes_back_and_the_next_one_forward_again() {
    let app = moved().await;
    let member = app.with_token(MEMBER);
    let back = revert(member, "production", json!({"reason": "broken"})).await;
    let answer = back.json();
    assert_eq!(back.status, StatusCode::OK);
    assert_eq!(
        (&answer["image"], &answer["taken_from"]),
        (&json!(id(2)), &json!([id(3)]))
    );
    assert_eq!(etag(&back), format!("\"t{}\"", answer["events"][1]));
    assert_eq!(holders(&app, "production").await, [2]);
    let events = member.get(HISTORY).await.json();
    assert_eq!(events["events"][0]["reason"], json!("broken"));
    assert_eq!(
        history(member, HISTORY).await[..3],
        [
            "production added 2",
            "production removed 3",
            "production added 3"
        ]
    );
    // The image before is now the one that the tag was taken from.
    for expected in [3, 2, 3] {
        revert(member, "production", json!({})).await;
        assert_eq!(holders(&app, "production").await, [expected]);
    }
}

#[tokio::test]
async fn a_reversion_needs_no_body() {
    let app = moved().await;
    let path = "/v2/tags/production/revert";
    for (headers, expected) in [
        (&[][..], 2),
        (&[("Content-Type", "application/octet-stream")], 3),
        (&[("Content-Length", "0")], 2),
    ] {
        let moved = app
            .with_token(MEMBER)
            .send(Method::POST, path, headers)
            .await;
        assert_eq!(moved.status, StatusCode::OK);
        assert_eq!(holders(&app, "production").await, [expected]);
    }
}

#[tokio::test]
async fn a_tag_that_was_removed_comes_back() {
    let app = moved().await;
    let member = app.with_token(MEMBER);
    member.delete_tag(&id(3), "production").await;
    let back = revert(member, "production", json!({})).await.json();
    assert_eq!(
        (&back["image"], &back["taken_from"]),
        (&json!(id(3)), &json!([]))
    );
    assert_eq!(holders(&app, "production").await, [3]);
}

#[tokio::test]
async fn a_reversion_to_an_event_goes_to_its_image() {
    let app = moved().await;
    let member = app.with_token(MEMBER);
    let events = member.get(HISTORY).await.json();
    let first = events["events"].as_array().unwrap().iter().rev();
    let mut first = first.filter(|event| event["action"] == json!("added"));
    let event = &first.next().unwrap()["id"];
    let back = revert(
        member,
        "production",
        json!({"to": event, "reason": "better"}),
    )
    .await;
    assert_eq!(back.status, StatusCode::OK);
    assert_eq!(holders(&app, "production").await, [1]);
    let again = revert(member, "production", json!({ "to": event }))
        .await
        .json();
    assert_eq!(
        (&again["image"], &again["events"]),
        (&json!(id(1)), &json!([]))
    );
}

#[tokio::test]
async fn the_moves_of_other_clients_can_be_reverted_too() {
    let app = three();
    let member = app.with_token(MEMBER);
    member.put_tag(&id(2), "production").await;
    let add = json!([{"op": "add", "path": "/tags/-", "value": "production"}]);
    member.patch(&id(3), &add).await;
    revert(member, "production", json!({})).await;
    assert_eq!(holders(&app, "production").await, [2]);
    assert_snapshot!(history(member, HISTORY).await.join("\n"), @"
    production added 2
    production removed 3
    production added 3
    production removed 2
    production added 2
    production removed 1
    ");
}

#[tokio::test]
async fn an_image_that_got_its_tag_before_there_was_a_history_is_found_by_its_loss() {
    let app = three();
    let member = app.with_token(MEMBER);
    promote(member, "production", 2).await;
    for expected in [1, 2, 1] {
        revert(member, "production", json!({})).await;
        assert_eq!(holders(&app, "production").await, [expected]);
    }
}

#[tokio::test]
async fn there_may_be_nothing_to_go_back_to() {
    let app = three();
    let member = app.with_token(MEMBER);
    let line = async |tag: &str| revert(member, tag, json!({})).await.to_line();
    assert_snapshot!(line("production").await, @"409 No other image had the tag 'production' before.");
    promote(member, "production", 1).await;
    promote(member, "production-2", 1).await;
    assert_eq!(
        line("production-2").await,
        line("production").await.replace("n'", "n-2'")
    );
    assert_eq!(holders(&app, "production").await, [1]);
}

#[tokio::test]
async fn an_image_that_is_gone_is_not_replaced_by_an_older_one() {
    let app = moved().await;
    let member = app.with_token(MEMBER);
    let events = member.get(HISTORY).await.json();
    let mut events = events["events"].as_array().unwrap().iter();
    let of_second = |event: &&Value| event["image"] == json!(id(2)) && event["action"] == "added";
    let event = events.find(of_second).unwrap()["id"].clone();
    let path = format!("/v2/images/{}", id(2));
    member.send(Method::DELETE, &path, &[]).await;
    let refused = revert(member, "production", json!({})).await;
    assert_snapshot!(refused.to_line(), @"409 The image that had the tag 'production' before no longer exists, or belongs to another project.");
    let by_event = revert(member, "production", json!({ "to": event })).await;
    assert_eq!(by_event.to_line(), refused.to_line());
    assert_eq!(holders(&app, "production").await, [3]);
}

#[tokio::test]
async fn an_image_of_another_project_meanwhile_does_not_get_the_tag() {
    let app = moved().await;
    let give = json!([{"op": "replace", "path": "/owner", "value": "vendor"}]);
    let given = app.with_token(ADMIN).patch(&id(2), &give).await;
    assert_eq!(given.status, StatusCode::OK);
    for (token, query) in [(MEMBER, ""), (ADMIN, "?owner=demo")] {
        let path = format!("/v2/tags/production/revert{query}");
        let client = app.with_token(token);
        let refused = send(client, Method::POST, &path, &[], json!({})).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.body);
    }
    assert_eq!(holders(&app, "production").await, [3]);
}

#[tokio::test]
async fn an_admin_names_the_project_whose_images_are_meant() {
    let app = moved().await;
    let admin = app.with_token(ADMIN);
    let own = revert(admin, "production", json!({})).await;
    assert_eq!(own.status, StatusCode::CONFLICT);
    let path = "/v2/tags/production/revert?owner=demo";
    let back = send(admin, Method::POST, path, &[], json!({})).await;
    assert_eq!(back.status, StatusCode::OK);
    assert_eq!(holders(&app, "production").await, [2]);
}

/// Reverts `global`, which the image 2 of `vendor` had before the image 1 of `demo`.
async fn revert_global(visibility: Visibility) -> (TestApp, Response) {
    let mut of_vendor = image(2, "vendor", &[]);
    of_vendor.visibility = visibility;
    let app = app(vec![image(1, "demo", &[]), of_vendor]);
    promote(app.with_token(VENDOR), "global", 2).await;
    promote(app.with_token(ADMIN), "global", 1).await;
    let refused = revert(app.with_token(MEMBER), "global", json!({})).await;
    (app, refused)
}

#[tokio::test]
async fn a_tag_of_the_whole_service_goes_back_only_to_an_image_that_the_caller_may_change() {
    let (app, refused) = revert_global(Visibility::Private).await;
    assert_snapshot!(refused.to_line(), @"409 The image that had the tag 'global' before no longer exists, or belongs to another project.");
    assert_eq!(holders(&app, "global").await, [1]);
    let (app, refused) = revert_global(Visibility::Public).await;
    assert_snapshot!(refused.to_line(), @"403 You are not authorized to complete modify_image action.");
    assert_eq!(holders(&app, "global").await, [1]);
    let back = revert(app.with_token(ADMIN), "global", json!({})).await;
    assert_eq!(back.status, StatusCode::OK);
    assert_eq!(holders(&app, "global").await, [2]);
}

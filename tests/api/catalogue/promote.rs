//! `PUT /v2/tags/{tag}/image`

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::fixture::{
    ADMIN, MEMBER, STRANGER, VENDOR, app, etag, history, holders, id, image, promote, public, send,
    three,
};

#[tokio::test]
async fn a_promotion_takes_the_tag_from_the_image_that_has_it() {
    let app = three();
    let member = app.with_token(MEMBER);
    let moved = promote(member, "production", 2).await;
    assert_eq!(moved.status, StatusCode::OK);
    let mut answer = moved.json();
    let (time, events) = (answer["time"].take(), answer["events"].take());
    assert_eq!(
        answer,
        json!({
            "tag": "production",
            "image": id(2),
            "owner": "demo",
            "taken_from": [id(1)],
            "time": null,
            "events": null,
        })
    );
    assert_eq!(
        time.as_str().unwrap().len(),
        "2026-01-05T09:00:00.000000Z".len()
    );
    let events: Vec<u64> = serde_json::from_value(events).unwrap();
    assert_eq!(events.len(), 2);
    assert!(events[0] < events[1]);
    assert_eq!(etag(&moved), format!("\"t{}\"", events[1]));
    assert_eq!(holders(&app, "production").await, [2]);
    let path = "/v2/tags/production/history";
    assert_eq!(
        history(member, path).await,
        ["production added 2", "production removed 1"]
    );
}

#[tokio::test]
async fn the_first_promotion_takes_the_tag_from_nobody() {
    let app = three();
    let moved = promote(app.with_token(MEMBER), "production-2", 3)
        .await
        .json();
    assert_eq!(moved["taken_from"], json!([]));
    assert_eq!(moved["events"].as_array().unwrap().len(), 1);
    assert_eq!(holders(&app, "production-2").await, [3]);
}

#[tokio::test]
async fn a_promotion_of_the_image_that_has_the_tag_alone_changes_nothing() {
    let app = three();
    let member = app.with_token(MEMBER);
    for expected in ["\"t0\"", "\"t0\""] {
        let before = member.image(&id(1)).await;
        let same = promote(member, "production", 1).await;
        assert_eq!((same.status, etag(&same)), (StatusCode::OK, expected));
        let answer = same.json();
        assert_eq!(answer["taken_from"], json!([]));
        assert_eq!(answer["events"], json!([]));
        assert_eq!(answer["time"], Value::Null);
        assert_eq!(member.image(&id(1)).await, before);
    }
    let path = "/v2/tags/production/history";
    assert_eq!(history(member, path).await, [""; 0]);
    let moved = promote(member, "production", 2).await;
    let same = promote(member, "production", 2).await;
    assert_eq!(etag(&same), etag(&moved));
}

#[tokio::test]
async fn the_images_of_other_projects_keep_their_tag() {
    let app = app(vec![
        image(1, "demo", &["production"]),
        image(2, "demo", &[]),
        image(3, "vendor", &["production"]),
        image(4, "vendor", &[]),
    ]);
    promote(app.with_token(MEMBER), "production", 2).await;
    assert_eq!(holders(&app, "production").await, [3, 2]);
    promote(app.with_token(VENDOR), "production", 4).await;
    assert_eq!(holders(&app, "production").await, [4, 2]);
    // The scope is that of the image's owner, whoever promotes it.
    let by_admin = promote(app.with_token(ADMIN), "production", 1).await.json();
    assert_eq!(by_admin["taken_from"], json!([id(2)]));
    assert_eq!(by_admin["owner"], json!("demo"));
    assert_eq!(holders(&app, "production").await, [4, 1]);
}

#[tokio::test]
async fn a_tag_of_the_whole_service_is_taken_from_every_owner() {
    let app = app(vec![
        image(1, "demo", &["global"]),
        image(2, "vendor", &[]),
        image(3, "demo", &[]),
    ]);
    let moved = promote(app.with_token(ADMIN), "global", 2).await.json();
    assert_eq!(moved["taken_from"], json!([id(1)]));
    assert_eq!(holders(&app, "global").await, [2]);
    let refused = promote(app.with_token(MEMBER), "global", 3).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(holders(&app, "global").await, [2]);
}

#[tokio::test]
async fn a_promotion_moves_a_tag_that_other_changes_may_not_take() {
    let app = app(vec![image(1, "demo", &["refused"]), image(2, "demo", &[])]);
    let member = app.with_token(MEMBER);
    let refused = member.put_tag(&id(2), "refused").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let moved = promote(member, "refused", 2).await;
    assert_eq!(moved.status, StatusCode::OK);
    assert_eq!(holders(&app, "refused").await, [2]);
}

#[tokio::test]
async fn a_promotion_repairs_a_tag_that_several_images_have() {
    let images = (1..=4).map(|number| image(number, "demo", &["production"]));
    let app = app(images.collect());
    let moved = promote(app.with_token(MEMBER), "production", 3)
        .await
        .json();
    assert_eq!(moved["taken_from"], json!([id(1), id(2), id(4)]));
    assert_eq!(holders(&app, "production").await, [3]);
}

#[tokio::test]
async fn the_reason_is_part_of_the_history() {
    let app = three();
    let member = app.with_token(MEMBER);
    let path = "/v2/tags/production/image";
    let body = json!({"image": id(2), "reason": "tested é"});
    send(member, Method::PUT, path, &[], body).await;
    let body = json!({"image": id(3), "reason": null});
    send(member, Method::PUT, path, &[], body).await;
    let events = member.get("/v2/tags/production/history").await.json();
    let reasons = events["events"].as_array().unwrap().iter();
    let reasons: Vec<_> = reasons.map(|event| event["reason"].clone()).collect();
    let tested = json!("tested é");
    assert_eq!(reasons, [Value::Null, Value::Null, tested.clone(), tested]);
}

#[tokio::test]
async fn a_public_image_of_a_stranger_is_not_theirs_to_promote() {
    let app = app(vec![public(1, "demo", &[])]);
    let refused = promote(app.with_token(STRANGER), "production", 1).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(holders(&app, "production").await, [0; 0]);
}

//! `POST /v2/tags/{tag}/assign`

use axum::http::{Method, StatusCode};
use insta::assert_snapshot;
use serde_json::json;

use super::fixture::{
    ADMIN, MEMBER, app, assign, etag, history, holders, id, image, promote, public, send,
};

#[tokio::test]
async fn an_assignment_moves_the_tag_to_the_image_with_the_other_tag_which_stays() {
    let app = app(vec![
        image(1, "demo", &["production"]),
        image(2, "demo", &["staging"]),
        public(3, "stranger", &["staging", "production"]),
    ]);
    let member = app.with_token(MEMBER);
    let path = "/v2/tags/production/assign";
    let body = json!({"from_tag": "staging", "reason": "released"});
    let moved = send(member, Method::POST, path, &[], body).await;
    assert_eq!(moved.status, StatusCode::OK);
    let answer = moved.json();
    assert_eq!(answer["image"], json!(id(2)));
    assert_eq!(answer["taken_from"], json!([id(1)]));
    assert_eq!(etag(&moved), format!("\"t{}\"", answer["events"][1]));
    assert_eq!(holders(&app, "production").await, [3, 2]);
    assert_eq!(holders(&app, "staging").await, [3, 2]);
    let events = member.get("/v2/tags/production/history").await.json();
    assert_eq!(events["events"][0]["reason"], json!("released"));

    // The image has both tags now.
    let again = assign(member, "production", "staging").await;
    assert_eq!((again.status, etag(&again)), (StatusCode::OK, etag(&moved)));
    assert_eq!(again.json()["events"], json!([]));
}

#[tokio::test]
async fn the_other_tag_need_not_be_exclusive_if_one_image_has_it() {
    let app = app(vec![
        image(1, "demo", &["build-57"]),
        image(2, "demo", &["production"]),
    ]);
    let member = app.with_token(MEMBER);
    let moved = assign(member, "production", "build-57").await;
    assert_eq!(moved.status, StatusCode::OK);
    assert_eq!(holders(&app, "production").await, [1]);
    assert_eq!(history(member, "/v2/tags/build-57/history").await, [""; 0]);
}

#[tokio::test]
async fn a_tag_can_be_assigned_from_one_of_the_whole_service_and_to_one() {
    let app = app(vec![
        image(1, "demo", &["global", "production-2"]),
        image(2, "demo", &["production"]),
    ]);
    let member = app.with_token(MEMBER);
    assert_eq!(
        assign(member, "production", "global").await.status,
        StatusCode::OK
    );
    assert_eq!(holders(&app, "production").await, [1]);
    promote(member, "production", 2).await;
    assert_eq!(
        assign(member, "global", "production").await.status,
        StatusCode::OK
    );
    assert_eq!(holders(&app, "global").await, [2]);
}

#[tokio::test]
async fn an_admin_names_the_project_whose_images_are_meant() {
    let app = app(vec![
        image(1, "demo", &["production"]),
        image(2, "demo", &["staging"]),
        image(3, "admins", &["staging"]),
    ]);
    let admin = app.with_token(ADMIN);
    let of_demo = async |client, query: &str| {
        let path = format!("/v2/tags/production/assign{query}");
        send(
            client,
            Method::POST,
            &path,
            &[],
            json!({"from_tag": "staging"}),
        )
        .await
    };
    assert_eq!(of_demo(admin, "").await.json()["image"], json!(id(3)));
    let moved = of_demo(admin, "?owner=demo").await.json();
    assert_eq!(
        (&moved["image"], &moved["owner"]),
        (&json!(id(2)), &json!("demo"))
    );
    assert_eq!(moved["taken_from"], json!([id(1)]));
    assert_eq!(holders(&app, "production").await, [3, 2]);
    // Everybody may name the own project.
    let own = of_demo(app.with_token(MEMBER), "?owner=demo").await;
    assert_eq!(own.status, StatusCode::OK);
}

#[tokio::test]
async fn another_tag_on_very_many_images_is_refused_like_one_on_two() {
    let images = (1..=120).map(|number| image(number, "demo", &["many"]));
    let app = app(images.collect());
    let refused = assign(app.with_token(MEMBER), "production", "many").await;
    assert_snapshot!(refused.to_line(), @"409 More than one image has the tag 'many'.");
}

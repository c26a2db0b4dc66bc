//! `GET /v2/tags/{tag}/image`

use axum::http::{Method, StatusCode};
use image_tags::image::{Image, Member, MemberStatus, Status, Visibility};
use insta::assert_snapshot;
use serde_json::json;

use super::fixture::{
    ADMIN, MEMBER, READER, STRANGER, UNSCOPED, app, etag, id, image, number, numbers, promote,
    public, three,
};
use crate::support::{Client, TestApp};

/// The number of the image to use, or the status of the refusal.
async fn current(client: Client<'_>, path: &str) -> Result<u32, u16> {
    let response = client.get(&format!("/v2/tags/{path}")).await;
    match response.status {
        StatusCode::OK => Ok(number(&response.json()["id"])),
        status => Err(status.as_u16()),
    }
}

#[tokio::test]
async fn the_answer_is_the_image_and_says_where_it_is() {
    let app = three();
    let member = app.with_token(MEMBER);
    let found = member.get("/v2/tags/production/image").await;
    let image = member.get(&format!("/v2/images/{}", id(1))).await;
    assert_eq!(found.status, StatusCode::OK);
    assert_eq!(found.body, image.body);
    let location = format!("/v2/images/{}", id(1));
    assert_eq!(found.header("content-location"), Some(&*location));
    assert_eq!(
        current(app.with_token(READER), "production/image").await,
        Ok(1)
    );
    assert_eq!(current(app.anon(), "production/image").await, Err(401));
    assert_eq!(
        current(app.with_token(UNSCOPED), "production/image").await,
        Err(403)
    );
}

#[tokio::test]
async fn a_public_image_of_a_stranger_never_wins() {
    let app = app(vec![
        image(1, "demo", &["lts"]),
        public(2, "stranger", &["lts", "production", "global"]),
        public(3, "stranger", &["only-theirs"]),
    ]);
    for token in [MEMBER, READER] {
        let client = app.with_token(token);
        assert_eq!(current(client, "lts/image").await, Ok(1));
        for tag in ["production", "global", "only-theirs"] {
            for query in ["", "?unique=true", "?unique=false"] {
                let path = format!("{tag}/image{query}");
                assert_eq!(current(client, &path).await, Err(404), "{path}");
            }
            // Only who asks for this owner gets the image of this owner.
            let path = format!("{tag}/image?owner=stranger");
            assert!(current(client, &path).await.is_ok(), "{path}");
        }
    }
    assert_eq!(
        current(app.with_token(ADMIN), "production/image").await,
        Err(404)
    );
    assert_eq!(
        current(app.with_token(STRANGER), "production/image").await,
        Ok(2)
    );
    assert_snapshot!(app.with_token(MEMBER).get("/v2/tags/global/image").await.to_line(), @"404 No image found with the tag 'global'.");
}

#[tokio::test]
async fn without_an_exclusive_rule_the_newest_active_image_is_the_one() {
    let mut queued = image(4, "demo", &["lts"]);
    queued.status = Status::Queued;
    let mut hidden = image(5, "demo", &["lts"]);
    hidden.hidden = true;
    let app = app(vec![
        image(1, "demo", &["lts"]),
        public(2, "vendor", &["lts"]),
        image(3, "vendor", &["lts"]),
        queued,
        hidden,
        image(6, "demo", &[]),
    ]);
    let member = app.with_token(MEMBER);
    assert_eq!(current(member, "lts/image").await, Ok(2));
    assert_eq!(current(member, "lts/image?owner=demo").await, Ok(1));
    let path = format!("/v2/images/{}/actions/deactivate", id(1));
    member.send(Method::POST, &path, &[]).await;
    assert_eq!(current(member, "lts/image?owner=demo").await, Err(404));
    // To an admin, all images of a trusted owner are visible.
    assert_eq!(current(app.with_token(ADMIN), "lts/image").await, Ok(3));
}

#[tokio::test]
async fn the_own_exclusive_image_comes_before_those_of_trusted_owners_in_their_order() {
    let mut own = image(1, "demo", &["production"]);
    own.status = Status::Deactivated;
    own.hidden = true;
    let app = app(vec![
        own,
        public(
            2,
            "second-vendor",
            &["production", "production-2", "production-3"],
        ),
        public(3, "vendor", &["production", "production-2"]),
        image(4, "vendor", &["production-4"]),
    ]);
    let member = app.with_token(MEMBER);
    for (tag, expected) in [
        ("production", Ok(1)),
        ("production-2", Ok(3)),
        ("production-3", Ok(2)),
        ("production-4", Err(404)),
        ("production-5", Err(404)),
    ] {
        assert_eq!(
            current(member, &format!("{tag}/image")).await,
            expected,
            "{tag}"
        );
    }
    let of_second = "production/image?owner=second-vendor";
    assert_eq!(current(member, of_second).await, Ok(2));
}

#[tokio::test]
async fn an_image_of_the_whole_service_counts_if_its_owner_does() {
    let app = app(vec![
        public(1, "vendor", &["global"]),
        image(2, "demo", &[]),
    ]);
    assert_eq!(current(app.with_token(MEMBER), "global/image").await, Ok(1));
    assert_eq!(
        current(app.with_token(STRANGER), "global/image").await,
        Ok(1)
    );
    promote(app.with_token(ADMIN), "global", 2).await;
    assert_eq!(current(app.with_token(MEMBER), "global/image").await, Ok(2));
    assert_eq!(
        current(app.with_token(STRANGER), "global/image").await,
        Err(404)
    );
}

/// An image of a trusted owner that is shared with `demo`.
fn shared(number: u32, status: MemberStatus) -> Image {
    let mut image = image(number, "vendor", &["lts"]);
    image.visibility = Visibility::Shared;
    let member = Member::new(status, image.created_at());
    image.members.insert("demo".parse().unwrap(), member);
    image
}

#[tokio::test]
async fn a_shared_image_of_a_trusted_owner_counts_once_it_is_accepted() {
    let path = format!("/v2/images/{}/members/demo", id(1));
    let app = app(vec![shared(1, MemberStatus::Pending)]);
    let member = app.with_token(MEMBER);
    for (status, expected) in [("rejected", Err(404)), ("accepted", Ok(1))] {
        assert_eq!(current(member, "lts/image").await, Err(404));
        let body = json!({ "status": status }).to_string();
        member.send_body(Method::PUT, &path, &[], body).await;
        assert_eq!(current(member, "lts/image").await, expected);
    }
}

fn several() -> TestApp {
    app(vec![
        image(1, "demo", &["lts"]),
        public(2, "vendor", &["lts", "production"]),
        public(3, "second-vendor", &["production"]),
        public(4, "stranger", &["production"]),
        image(5, "demo", &["staging"]),
        public(6, "vendor", &["staging"]),
    ])
}

#[tokio::test]
async fn unique_answers_the_candidates_if_there_are_several() {
    let app = several();
    let member = app.with_token(MEMBER);
    for (path, expected) in [
        ("lts/image?unique=true", [2, 1]),
        ("production/image?unique=true", [3, 2]),
    ] {
        let choices = member.get(&format!("/v2/tags/{path}")).await;
        assert_eq!(choices.status, StatusCode::MULTIPLE_CHOICES);
        assert_eq!(numbers(&choices.json()["images"]), expected);
    }
    let first = app
        .with_token(MEMBER)
        .get("/v2/tags/production/image?unique=true")
        .await;
    let image = member.image(&id(3)).await;
    assert_eq!(first.json()["images"][0], image);
    assert_eq!(first.header("content-type"), Some("application/json"));
    let tag = etag(&first).to_owned();
    for (header, value, status) in [
        ("If-Match", &*tag, 300),
        ("If-None-Match", &*tag, 304),
        ("If-Match", "\"t9\"", 412),
    ] {
        let path = "/v2/tags/production/image?unique=true";
        let again = member.send(Method::GET, path, &[(header, value)]).await;
        assert_eq!(again.status.as_u16(), status, "{header}");
    }
    for (path, expected) in [
        // The own image leaves no choice.
        ("staging/image?unique=true", 5),
        ("lts/image?unique=true&owner=demo", 1),
        ("production/image?unique=true&owner=vendor", 2),
        ("lts/image?unique=false", 2),
    ] {
        assert_eq!(current(member, path).await, Ok(expected), "{path}");
    }
}

#[tokio::test]
async fn the_number_of_candidates_is_bounded() {
    let images = (1..=30).map(|number| image(number, "demo", &["lts"]));
    let app = app(images.collect());
    let choices = app
        .with_token(MEMBER)
        .get("/v2/tags/lts/image?unique=true")
        .await;
    let choices = choices.json();
    assert_eq!(
        numbers(&choices["images"]),
        (6..=30).rev().collect::<Vec<_>>()
    );
    assert_eq!(choices["more"], json!(true));
}

#[tokio::test]
async fn a_refused_question_says_why() {
    let app = several();
    let member = app.with_token(MEMBER);
    let mut lines = Vec::new();
    for path in [
        "absent/image",
        "lts/image?unique=1",
        "lts/image?limit=1",
        "lts/image?owner=a&owner=b",
        "a%00/image",
        "lts/image/",
    ] {
        let line = member.get(&format!("/v2/tags/{path}")).await.to_line();
        lines.push(format!("{path} → {line}"));
    }
    assert_snapshot!(lines.join("\n"), @"
    absent/image → 404 No image found with the tag 'absent'.
    lts/image?unique=1 → 400 Invalid value '1' for 'unique' filter. Valid values are 'true' or 'false'.
    lts/image?limit=1 → 400 Unknown parameter 'limit'.
    lts/image?owner=a&owner=b → 400 Repeated parameter 'owner'.
    a%00/image → 400 A tag cannot contain the NUL character.
    lts/image/ → 404 The resource could not be found.
    ");
}

#[tokio::test]
async fn the_entity_tag_names_the_state_of_the_tag_and_of_the_image() {
    let app = three();
    let member = app.with_token(MEMBER);
    let path = "/v2/tags/production/image";
    let first = etag(&member.get(path).await).to_owned();
    let known = member
        .send(Method::GET, path, &[("If-None-Match", &first)])
        .await;
    assert_eq!(
        (known.status, etag(&known)),
        (StatusCode::NOT_MODIFIED, &*first)
    );
    let rename = json!([{"op": "replace", "path": "/name", "value": "renamed"}]);
    member.patch(&id(1), &rename).await;
    let renamed = member
        .send(Method::GET, path, &[("If-None-Match", &first)])
        .await;
    assert_eq!(renamed.status, StatusCode::OK);
    // To If-Match, only the state of the tag matters.
    let same = member
        .send(Method::GET, path, &[("If-Match", &first)])
        .await;
    assert_eq!(same.status, StatusCode::OK);
    promote(member, "production", 2).await;
    let moved = member
        .send(Method::GET, path, &[("If-Match", &first)])
        .await;
    assert_eq!(moved.status, StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn two_images_of_the_same_instant_have_different_entity_tags() {
    let mut tags = Vec::new();
    for number in [1, 2] {
        let mut json = serde_json::to_value(public(number, "vendor", &["lts"])).unwrap();
        for time in ["created_at", "updated_at"] {
            json[time] = json!("2026-01-05T09:00:00Z");
        }
        let app = app(vec![serde_json::from_value(json).unwrap()]);
        let found = app.with_token(MEMBER).get("/v2/tags/lts/image").await;
        tags.push(etag(&found).to_owned());
    }
    assert_ne!(tags[0], tags[1]);
}

//! Who sees which events.

use axum::http::{Method, StatusCode};
use image_tags::image::{Member, MemberStatus, Visibility};
use serde_json::{Value, json};

use super::fixture::{
    ADMIN, MEMBER, READER, STRANGER, VENDOR, app, history, id, image, promote, public, send,
};
use crate::support::TestApp;

const HISTORY: &str = "/v2/tags/a/history";

/// The service over an image of `demo` with this visibility, which is shared with `vendor`.
fn shared(visibility: Visibility) -> TestApp {
    let mut image = image(1, "demo", &[]);
    image.visibility = visibility;
    let member = Member::new(MemberStatus::Pending, image.created_at());
    image.members.insert("vendor".parse().unwrap(), member);
    app(vec![image])
}

#[tokio::test]
async fn an_event_is_visible_to_whom_the_image_was() {
    for (visibility, of_member, of_stranger) in [
        (Visibility::Public, true, true),
        (Visibility::Community, true, true),
        (Visibility::Shared, true, false),
        (Visibility::Private, false, false),
    ] {
        let app = shared(visibility);
        app.with_token(MEMBER).put_tag(&id(1), "a").await;
        for is_deleted in [false, true] {
            let of_image = format!("/v2/images/{}/tags/history", id(1));
            for (token, sees) in [
                (MEMBER, true),
                (READER, true),
                (ADMIN, true),
                (VENDOR, of_member),
                (STRANGER, of_stranger),
            ] {
                let case = format!("{visibility} {token} {is_deleted}");
                let client = app.with_token(token);
                let count = history(client, HISTORY).await.len();
                assert_eq!(
                    count,
                    usize::from(sees) * (1 + usize::from(is_deleted)),
                    "{case}"
                );
                let response = client.get(&of_image).await;
                let status = if sees {
                    StatusCode::OK
                } else {
                    StatusCode::NOT_FOUND
                };
                assert_eq!(response.status, status, "{case}");
            }
            let path = format!("/v2/images/{}", id(1));
            app.with_token(MEMBER)
                .send(Method::DELETE, &path, &[])
                .await;
        }
    }
}

#[tokio::test]
async fn what_was_done_while_an_image_was_private_stays_so() {
    let app = app(vec![image(1, "demo", &[])]);
    let (member, stranger) = (app.with_token(MEMBER), app.with_token(STRANGER));
    member.put_tag(&id(1), "a").await;
    let publish = json!([{"op": "replace", "path": "/visibility", "value": "public"}]);
    app.with_token(ADMIN).patch(&id(1), &publish).await;
    member.put_tag(&id(1), "b").await;
    let path = format!("/v2/images/{}/tags/history", id(1));
    assert_eq!(history(stranger, &path).await, ["b added 1"]);
    assert_eq!(history(member, &path).await, ["b added 1", "a added 1"]);
    // The tag is to be seen, but not who set it.
    let carrier = async |tag: &str| {
        let mut page = stranger.get(&format!("/v2/tags/{tag}")).await.json();
        page["images"][0].take()
    };
    let (private, public) = (carrier("a").await, carrier("b").await);
    assert_eq!(private["id"], json!(id(1)));
    for name in ["set_at", "set_by", "request_id", "reason"] {
        assert_eq!(private[name], Value::Null, "{name}");
    }
    assert_eq!(
        public["set_by"],
        json!({"user": "member", "project": "demo"})
    );
}

#[tokio::test]
async fn a_member_does_not_see_what_was_done_before_the_image_was_shared_with_it() {
    let app = app(vec![image(1, "demo", &[])]);
    let (member, vendor) = (app.with_token(MEMBER), app.with_token(VENDOR));
    let share = json!([{"op": "replace", "path": "/visibility", "value": "shared"}]);
    member.patch(&id(1), &share).await;
    member.put_tag(&id(1), "a").await;
    let members = format!("/v2/images/{}/members", id(1));
    let body = json!({"member": "vendor"});
    let added = send(member, Method::POST, &members, &[], body.clone()).await;
    assert_eq!(added.status, StatusCode::OK);
    let accept = json!({"status": "accepted"});
    send(
        vendor,
        Method::PUT,
        &format!("{members}/vendor"),
        &[],
        accept,
    )
    .await;
    member.put_tag(&id(1), "b").await;
    let path = format!("/v2/images/{}/tags/history", id(1));
    assert_eq!(history(vendor, &path).await, ["b added 1"]);
    assert_eq!(history(vendor, HISTORY).await, [""; 0]);
    assert_eq!(history(member, &path).await, ["b added 1", "a added 1"]);
    // The tag is to be seen, but not who set it.
    for (tag, user) in [("a", Value::Null), ("b", json!("member"))] {
        let page = vendor.get(&format!("/v2/tags/{tag}")).await.json();
        let carrier = &page["images"][0];
        assert_eq!(carrier["id"], json!(id(1)), "{tag}");
        assert_eq!(carrier["set_by"]["user"], user, "{tag}");
        assert_eq!(carrier["set_at"].is_null(), user.is_null(), "{tag}");
    }
}

#[tokio::test]
async fn an_image_with_the_id_of_a_deleted_one_does_not_disclose_its_history() {
    let app = app(vec![image(1, "demo", &[])]);
    let member = app.with_token(MEMBER);
    let share = json!([{"op": "replace", "path": "/visibility", "value": "shared"}]);
    member.patch(&id(1), &share).await;
    member.put_tag(&id(1), "a").await;
    let path = format!("/v2/images/{}", id(1));
    member.send(Method::DELETE, &path, &[]).await;
    let (stranger, vendor) = (app.with_token(STRANGER), app.with_token(VENDOR));
    let body = json!({"id": id(1), "visibility": "shared"});
    let created = send(stranger, Method::POST, "/v2/images", &[], body).await;
    assert_eq!(created.status, StatusCode::CREATED);
    let body = json!({"member": "vendor"});
    send(
        stranger,
        Method::POST,
        &format!("{path}/members"),
        &[],
        body,
    )
    .await;
    for client in [stranger, vendor] {
        let shown = client.get(&format!("{path}/tags/history")).await.json();
        assert_eq!(shown["events"], json!([]));
        assert_eq!(history(client, HISTORY).await, [""; 0]);
    }
    assert_eq!(history(member, HISTORY).await, ["a removed 1", "a added 1"]);
}

#[tokio::test]
async fn a_former_owner_sees_what_was_done_until_then() {
    let app = app(vec![image(1, "demo", &[])]);
    let member = app.with_token(MEMBER);
    member.put_tag(&id(1), "a").await;
    let give = json!([{"op": "replace", "path": "/owner", "value": "vendor"}]);
    app.with_token(ADMIN).patch(&id(1), &give).await;
    let vendor = app.with_token(VENDOR);
    vendor.put_tag(&id(1), "b").await;
    assert_eq!(history(member, HISTORY).await, ["a removed 1", "a added 1"]);
    assert_eq!(history(vendor, HISTORY).await, ["a added 1"]);
    assert_eq!(history(member, "/v2/tags/b/history").await, [""; 0]);
    let path = format!("/v2/images/{}/tags/history", id(1));
    assert_eq!(member.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(history(vendor, &path).await, ["b added 1", "a added 1"]);
}

#[tokio::test]
async fn the_state_of_a_tag_of_one_project_tells_nothing_of_another() {
    let app = app(vec![
        public(1, "demo", &["production"]),
        image(2, "demo", &[]),
    ]);
    let (member, stranger) = (app.with_token(MEMBER), app.with_token(STRANGER));
    let path = "/v2/tags/production/image?owner=demo";
    let state = async || {
        let found = stranger.get(path).await;
        let tag = found.header("etag").unwrap();
        tag.split('-').next().unwrap().to_owned()
    };
    let before = state().await;
    promote(member, "production", 2).await;
    promote(member, "production", 1).await;
    assert_eq!(state().await, before);
    let of_admin = app.with_token(ADMIN).get(path).await;
    assert!(!of_admin.header("etag").unwrap().starts_with(&before));
}

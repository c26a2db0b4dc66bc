//! The rules of tags, as far as roles and immutability are concerned, on every path that changes
//! tags.

use axum::http::{Method, StatusCode};
use image_tags::auth::Token;
use image_tags::identity::Identity;
use insta::assert_snapshot;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use crate::support::keystone::{MockKeystone, VALID, body_of, in_an_hour};
use crate::support::log::Log;
use crate::support::{Client, DEBIAN, Response, TestApp, UBUNTU, config, store_of};

/// A token of a member that has the role `Releaser` too.
const RELEASER: &str = "token-of-a-releaser";
/// A token of a member.
const MEMBER: &str = "token-of-a-member";
/// A token of an admin of another project.
const ADMIN: &str = "token-of-an-admin";

const RULES: &str = r#"
    [[rules]]
    pattern = "free-*"
    [[rules]]
    pattern = "release-*"
    add_roles = ["releaser"]
    [[rules]]
    pattern = "hold-*"
    remove_roles = ["RELEASER"]
    [[rules]]
    pattern = "kept-*"
    immutable = true
    [[rules]]
    pattern = "*-member"
    add_roles = ["reader"]
    remove_roles = ["member"]
    [[rules]]
    pattern = "*-nobody"
    add_roles = ["admin"]
"#;

fn identity(project: &str, roles: &[&str]) -> Identity {
    Identity::new(
        "user",
        Some(project.parse().unwrap()),
        roles.iter().copied(),
    )
}

/// The service with [`RULES`].
fn app() -> TestApp {
    let mut config = config();
    config.tags = toml::from_str(RULES).unwrap();
    let demo = "5ef70662f8b34079a6eddb8da9d75fe8";
    let identities = [
        (RELEASER, identity(demo, &["member", "Releaser"])),
        (MEMBER, identity(demo, &["member"])),
        (ADMIN, identity("admins", &["admin"])),
    ];
    let token =
        |(text, identity): (&str, Identity)| (Token::new(text.as_bytes()).unwrap(), identity);
    let store = store_of(config.images.clone());
    TestApp::with_identities(store, config, identities.map(token))
}

async fn delete(client: Client<'_>, id: &str) -> Response {
    let path = format!("/v2/images/{id}");
    client.send(Method::DELETE, &path, &[]).await
}

#[tokio::test]
async fn a_tag_is_added_by_the_roles_of_its_rule_and_by_admins() {
    let app = app();
    let (member, releaser) = (app.with_token(MEMBER), app.with_token(RELEASER));
    let refused = member.put_tag(DEBIAN, "release-1").await;
    assert_snapshot!(refused.to_text(), @"
    403 Forbidden
    content-type: text/plain; charset=UTF-8

    403 Forbidden

    You are not authorized to add the tag 'release-1': it is reserved for other roles.
    ");
    assert_snapshot!(member.put_tag(DEBIAN, "x-nobody").await.to_line(), @"403 You are not authorized to add the tag 'x-nobody': it is reserved for other roles.");
    assert_eq!(member.tags(DEBIAN).await, Vec::<String>::new());

    for (client, tag) in [
        (releaser, "release-1"),
        (app.with_token(ADMIN), "release-2"),
        (app.with_token(ADMIN), "x-nobody"),
        // A member has the rights of a reader.
        (member, "x-member"),
        // The first rule that matches counts.
        (member, "free-nobody"),
        // No rule.
        (member, "any"),
        // A tag that is there is not added.
        (member, "release-1"),
    ] {
        let response = client.put_tag(DEBIAN, tag).await;
        assert_eq!(response.status, StatusCode::NO_CONTENT, "{tag}");
    }
    // Nor do roles to add a tag matter when it is removed.
    let removed = member.delete_tag(DEBIAN, "release-1").await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_tag_is_removed_by_the_roles_of_its_rule_and_an_immutable_one_by_admins() {
    let app = app();
    let (member, releaser) = (app.with_token(MEMBER), app.with_token(RELEASER));
    for tag in ["hold-1", "hold-2", "kept-1", "x-member"] {
        member.put_tag(DEBIAN, tag).await;
    }
    assert_snapshot!(member.delete_tag(DEBIAN, "hold-1").await.to_text(), @"
    403 Forbidden
    content-type: text/plain; charset=UTF-8

    403 Forbidden

    You are not authorized to remove the tag 'hold-1': it is reserved for other roles.
    ");
    assert_snapshot!(releaser.delete_tag(DEBIAN, "kept-1").await.to_line(), @"403 The tag 'kept-1' is immutable: only an admin can remove it.");
    // Without the tag there is nothing to refuse.
    assert_snapshot!(member.delete_tag(DEBIAN, "kept-2").await.to_line(), @"404 The resource could not be found.");
    assert_eq!(
        member.tags(DEBIAN).await,
        ["hold-1", "hold-2", "kept-1", "x-member"]
    );
    for (client, tag) in [
        (releaser, "hold-1"),
        (app.with_token(ADMIN), "hold-2"),
        (app.with_token(ADMIN), "kept-1"),
        (member, "x-member"),
    ] {
        let response = client.delete_tag(DEBIAN, tag).await;
        assert_eq!(response.status, StatusCode::NO_CONTENT, "{tag}");
    }
}

#[tokio::test]
async fn a_patch_is_refused_as_a_whole_if_it_changes_a_tag_that_the_caller_may_not() {
    let app = app();
    let member = app.with_token(MEMBER);
    member.put_tag(DEBIAN, "kept-1").await;
    let patch = async |operations: Value| {
        let rename = json!({"op": "replace", "path": "/name", "value": "renamed"});
        let operations: Vec<_> = std::iter::once(&rename)
            .chain(operations.as_array().unwrap())
            .collect();
        member.patch(DEBIAN, &json!(operations)).await
    };
    let replaced = patch(json!([{"op": "replace", "path": "/tags", "value": ["a"]}])).await;
    assert_snapshot!(replaced.to_line(), @"403 The tag 'kept-1' is immutable: only an admin can remove it.");
    let added = patch(json!([{"op": "add", "path": "/tags/-", "value": "release-1"}])).await;
    assert_snapshot!(added.to_line(), @"403 You are not authorized to add the tag 'release-1': it is reserved for other roles.");
    let removed = patch(json!([{"op": "remove", "path": "/tags/0"}])).await;
    assert_snapshot!(removed.to_line(), @"403 The tag 'kept-1' is immutable: only an admin can remove it.");
    let image = member.image(DEBIAN).await;
    assert_eq!(
        (&image["name"], &image["tags"]),
        (&json!("debian-12"), &json!(["kept-1"]))
    );

    // What counts is the outcome: a tag that is removed and added again stays.
    let again = patch(json!([
        {"op": "replace", "path": "/tags", "value": []},
        {"op": "replace", "path": "/tags", "value": ["kept-1", "free-1"]},
    ]));
    assert_eq!(again.await.status, StatusCode::OK);
    assert_eq!(member.tags(DEBIAN).await, ["free-1", "kept-1"]);
}

#[tokio::test]
async fn an_image_is_created_with_tags_that_the_caller_may_add() {
    let app = app();
    let id = "11111111-2222-3333-4444-555555555555";
    let image = json!({"id": id, "tags": ["a", "release-1"]});
    let refused = app.with_token(MEMBER).post(&image).await;
    assert_snapshot!(refused.to_line(), @"403 You are not authorized to add the tag 'release-1': it is reserved for other roles.");
    let shown = app
        .with_token(MEMBER)
        .get(&format!("/v2/images/{id}"))
        .await;
    assert_eq!(shown.status, StatusCode::NOT_FOUND);
    app.with_token(RELEASER).create(image).await;
    let kept = json!({"tags": ["kept-1", "hold-1"]});
    app.with_token(MEMBER).create(kept).await;
}

#[tokio::test]
async fn an_image_is_deleted_by_those_who_may_remove_its_tags() {
    let app = app();
    let (member, releaser) = (app.with_token(MEMBER), app.with_token(RELEASER));
    member.put_tag(DEBIAN, "hold-1").await;
    member.put_tag(UBUNTU, "kept-1").await;
    assert_snapshot!(delete(member, DEBIAN).await.to_line(), @"403 Image 82c96579-ba53-4a84-a69a-716382fe0293 cannot be deleted: you are not authorized to remove its tag 'hold-1'.");
    assert_snapshot!(delete(releaser, UBUNTU).await.to_line(), @"403 Image e7db3b45-8db7-47ad-8109-3fb55c2c24fd cannot be deleted: you are not authorized to remove its tag 'kept-1'.");
    assert_eq!(member.tags(DEBIAN).await, ["hold-1"]);
    for (client, id) in [(releaser, DEBIAN), (app.with_token(ADMIN), UBUNTU)] {
        assert_eq!(delete(client, id).await.status, StatusCode::NO_CONTENT);
    }
}

#[tokio::test]
async fn a_caller_who_may_not_change_the_image_learns_nothing_of_the_rules() {
    let mut config = config();
    config.tags = toml::from_str(RULES).unwrap();
    let store = store_of(config.images.clone());
    let app = TestApp::with_store(store, config);
    assert_snapshot!(app.stranger().put_tag(DEBIAN, "release-1").await.to_line(), @"404 Image 82c96579-ba53-4a84-a69a-716382fe0293 not found.");
    assert_snapshot!(app.reader().put_tag(DEBIAN, "release-1").await.to_line(), @"403 You are not authorized to complete modify_image action.");
}

#[tokio::test]
async fn the_roles_of_a_keystone_token_count_and_those_that_are_dropped_are_logged_once() {
    let log = Log::start();
    let keystone = MockKeystone::start().await;
    let answer = |names: &[String]| {
        let mut body = body_of(VALID, in_an_hour());
        body["token"]["roles"] = names.iter().map(|name| json!({"name": name})).collect();
        ResponseTemplate::new(200).set_body_json(body)
    };
    let few = ["member", "Releaser"].map(str::to_owned);
    let mut many: Vec<_> = (0..5).map(|n| n.to_string().repeat(255)).collect();
    many.extend(few.clone());
    keystone.respond_to("few", answer(&few), 1).await;
    keystone.respond_to("many", answer(&many), 1).await;
    let app = keystone.app_with(|config| config.tags = toml::from_str(RULES).unwrap());
    let added = app.with_token("few").put_tag(DEBIAN, "release-1").await;
    assert_eq!(added.status, StatusCode::NO_CONTENT);
    let before = log.messages("WARN").len();

    let many = app.with_token("many");
    for tag in ["release-2", "release-3"] {
        let refused = many.put_tag(DEBIAN, tag).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
    // The role of the policy counts nevertheless.
    let added = many.put_tag(DEBIAN, "free").await;
    assert_eq!(added.status, StatusCode::NO_CONTENT);
    assert_eq!(
        log.messages("WARN")[before..],
        ["a token has more roles than the service keeps: the rules of tags ignore the rest"]
    );
}

//! Exclusive tags on every path that puts a tag on an image: the tag leaves the image that had it,
//! in the same step.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Client, DEBIAN, Response, TestApp, UBUNTU};

const RULES: &str = r#"
    [[rules]]
    pattern = "current*"
    exclusive = "project"
    [[rules]]
    pattern = "single"
    exclusive = "project"
    on_conflict = "refuse"
    [[rules]]
    pattern = "release-*"
    exclusive = "project"
    immutable = true
    [[rules]]
    pattern = "global"
    exclusive = "service"
    [[rules]]
    pattern = "guarded"
    exclusive = "project"
    remove_roles = ["admin"]
"#;

fn app() -> TestApp {
    TestApp::with(|config| config.tags = toml::from_str(RULES).unwrap())
}

async fn post_tags(client: Client<'_>, image: &str, body: Value) -> Response {
    let path = format!("/v2/images/{image}/tags");
    let json = [("content-type", "application/json")];
    client
        .send_body(Method::POST, &path, &json, body.to_string())
        .await
}

/// The images that carry `tag`, as the admin lists them.
async fn carriers(app: &TestApp, tag: &str) -> Vec<String> {
    let path = format!("/v2/images?tag={tag}");
    let body = app.admin().get(&path).await.json();
    let images = body["images"].as_array().unwrap().iter();
    images
        .map(|image| image["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn as_many_exclusive_tags_as_an_image_may_have_move_at_once() {
    let app = app();
    let tags: Vec<_> = (0..128).map(|number| format!("current-{number}")).collect();
    let body = json!({ "add": tags });
    for image in [DEBIAN, UBUNTU] {
        app.member().delete_tag(image, "lts").await;
        let response = post_tags(app.member(), image, body.clone()).await;
        assert_eq!(response.status, 200, "{}", response.to_line());
        assert_eq!(app.member().tags(image).await.len(), 128);
    }
    assert_eq!(app.member().tags(DEBIAN).await, Vec::<String>::new());
    let created = app.member().create(json!({ "tags": tags })).await;
    assert_eq!(app.member().tags(UBUNTU).await, Vec::<String>::new());
    assert_eq!(app.member().tags(&created).await.len(), 128);
}

#[tokio::test]
async fn an_exclusive_tag_moves_however_it_is_set() {
    let app = app();
    let member = app.member();
    assert_eq!(member.put_tag(DEBIAN, "current").await.status, 204);
    assert_eq!(carriers(&app, "current").await, [DEBIAN]);

    assert_eq!(member.put_tag(UBUNTU, "current").await.status, 204);
    assert_eq!(carriers(&app, "current").await, [UBUNTU]);
    assert_eq!(member.tags(DEBIAN).await, Vec::<String>::new());

    // The patch that `openstack image set --tag` sends.
    let patch = json!([{"op": "replace", "path": "/tags", "value": ["current", "x"]}]);
    assert_eq!(member.patch(DEBIAN, &patch).await.status, 200);
    assert_eq!(carriers(&app, "current").await, [DEBIAN]);
    assert_eq!(member.tags(UBUNTU).await, ["lts"]);

    let body = json!({"add": ["current"], "remove": ["lts"]});
    assert_eq!(post_tags(member, UBUNTU, body).await.status, 200);
    assert_eq!(carriers(&app, "current").await, [UBUNTU]);

    let created = app
        .member()
        .create(json!({"tags": ["current", "current-2"]}))
        .await;
    assert_eq!(carriers(&app, "current").await, [&*created]);
    assert_eq!(carriers(&app, "current-2").await, [&*created]);
}

#[tokio::test]
async fn each_project_has_its_own_exclusive_tag_until_an_image_changes_hands() {
    let app = app();
    app.member().put_tag(DEBIAN, "current").await;
    let other = app.stranger().create(json!({"tags": ["current"]})).await;
    assert_eq!(carriers(&app, "current").await.len(), 2);

    let owner = app.member().image(DEBIAN).await["owner"].clone();
    let give = json!([{"op": "replace", "path": "/owner", "value": owner}]);
    assert_eq!(app.admin().patch(&other, &give).await.status, 200);
    assert_eq!(carriers(&app, "current").await, [other]);
    assert_eq!(app.member().tags(DEBIAN).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_tag_that_does_not_move_is_refused_and_nothing_changes() {
    let app = app();
    let member = app.member();
    for tag in ["single", "release-1"] {
        assert_eq!(member.put_tag(DEBIAN, tag).await.status, 204);
        let refused = member.put_tag(UBUNTU, tag).await;
        assert_eq!(
            refused.to_line(),
            format!("409 Only one image can have the tag '{tag}', and image {DEBIAN} has it.")
        );
        let patch = json!([{"op": "add", "path": "/tags/-", "value": tag}]);
        assert_eq!(member.patch(UBUNTU, &patch).await.status, 409);
        let created = member.post(&json!({"tags": [tag]})).await;
        assert_eq!(created.status, 409);
        // An admin takes it away first; not even an admin's write moves it.
        assert_eq!(app.admin().put_tag(UBUNTU, tag).await.status, 409);
        assert_eq!(carriers(&app, tag).await, [DEBIAN]);
        assert_eq!(app.admin().delete_tag(DEBIAN, tag).await.status, 204);
        assert_eq!(member.put_tag(UBUNTU, tag).await.status, 204);
    }
    assert_eq!(member.tags(DEBIAN).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_tag_is_not_taken_from_an_image_that_the_caller_may_not_change() {
    let app = app();
    assert_eq!(app.member().put_tag(DEBIAN, "global").await.status, 204);
    let stranger = app.stranger();
    let own = stranger.create(json!({})).await;
    let refused = stranger.put_tag(&own, "global").await;
    assert_eq!(
        refused.to_line(),
        "403 Only one image can have the tag 'global', and you are not authorized to take it from \
         the image that has it."
    );
    assert_eq!(stranger.tags(&own).await, Vec::<String>::new());
    assert_eq!(carriers(&app, "global").await, [DEBIAN]);
    assert_eq!(app.admin().put_tag(&own, "global").await.status, 204);
    assert_eq!(carriers(&app, "global").await, [own]);
}

#[tokio::test]
async fn a_tag_is_taken_only_by_who_may_remove_it() {
    let app = app();
    let member = app.member();
    assert_eq!(member.put_tag(DEBIAN, "guarded").await.status, 204);
    let refused = member.put_tag(UBUNTU, "guarded").await;
    assert_eq!(
        refused.to_line(),
        "403 You are not authorized to remove the tag 'guarded': it is reserved for other roles."
    );
    assert_eq!(carriers(&app, "guarded").await, [DEBIAN]);
    assert_eq!(app.admin().put_tag(UBUNTU, "guarded").await.status, 204);
    assert_eq!(carriers(&app, "guarded").await, [UBUNTU]);
}

#[tokio::test]
async fn setting_a_tag_that_the_image_has_moves_nothing() {
    let app = app();
    app.member().put_tag(DEBIAN, "current").await;
    let before = app.member().image(DEBIAN).await;
    assert_eq!(app.member().put_tag(DEBIAN, "current").await.status, 204);
    assert_eq!(app.member().image(DEBIAN).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_images_created_at_once_the_last_has_the_exclusive_tag() {
    let app = std::sync::Arc::new(app());
    let mut creations = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let app = std::sync::Arc::clone(&app);
        creations.spawn(async move { app.member().create(json!({"tags": ["current"]})).await });
    }
    let created = creations.join_all().await;
    let found = carriers(&app, "current").await;
    assert!(found.len() == 1 && created.contains(&found[0]), "{found:?}");
}

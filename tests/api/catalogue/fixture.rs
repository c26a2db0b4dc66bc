//! A service with rules, a trusted owner, and images of several projects.

use std::sync::Arc;

use axum::http::Method;
use image_tags::auth::Token;
use image_tags::identity::Identity;
use image_tags::image::{Image, ImageId, Status, Visibility};
use image_tags::store::ImageStore;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::support::{Client, Response, TestApp, config, store_of};

/// A token of a member of the project `demo`, which owns most images.
pub const MEMBER: &str = "token-of-a-member";
/// A token of a reader of the same project.
pub const READER: &str = "token-of-a-reader";
/// A token of a member of the project `vendor`, whose images everybody trusts.
pub const VENDOR: &str = "token-of-a-vendor";
/// A token of a member of the project `stranger`.
pub const STRANGER: &str = "token-of-a-stranger";
/// A token of an admin of the project `admins`.
pub const ADMIN: &str = "token-of-an-admin";
/// A token without a project.
pub const UNSCOPED: &str = "token-without-project";

const RULES: &str = r#"
    trusted_owners = ["vendor", "second-vendor"]
    [[rules]]
    pattern = "global*"
    exclusive = "service"
    [[rules]]
    pattern = "fixed"
    exclusive = "project"
    immutable = true
    [[rules]]
    pattern = "refused"
    exclusive = "project"
    on_conflict = "refuse"
    [[rules]]
    pattern = "certified"
    exclusive = "project"
    add_roles = ["auditor"]
    [[rules]]
    pattern = "kept"
    immutable = true
    [[rules]]
    pattern = "production*"
    exclusive = "project"
    [[rules]]
    pattern = "staging"
    exclusive = "project"
"#;

/// The id of the image number `number`.
pub fn id(number: u32) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

/// An active private image of `owner`. Those with a larger number are newer.
pub fn image(number: u32, owner: &str, tags: &[&str]) -> Image {
    let first: Timestamp = "2026-01-05T09:00:00Z".parse().unwrap();
    let id: ImageId = id(number).parse().unwrap();
    let mut image = Image::new(id, first + SignedDuration::from_secs(number.into()));
    image.name = Some(format!("image {number}").parse().unwrap());
    image.owner = Some(owner.parse().unwrap());
    image.visibility = Visibility::Private;
    image.status = Status::Active;
    image.tags = tags.iter().map(|tag| tag.parse().unwrap()).collect();
    image
}

/// The same, but public.
pub fn public(number: u32, owner: &str, tags: &[&str]) -> Image {
    let mut image = image(number, owner, tags);
    image.visibility = Visibility::Public;
    image
}

fn identity(project: Option<&str>, roles: &[&str]) -> Identity {
    let project = project.map(|project| project.parse().unwrap());
    Identity::new(roles[0], project, roles.iter().copied())
}

/// The service with rules over a store with these images.
pub fn app(images: Vec<Image>) -> TestApp {
    over(store_of(images))
}

/// The service with rules over any store.
pub fn over(store: Arc<dyn ImageStore>) -> TestApp {
    let mut config = config();
    config.tags = toml::from_str(RULES).unwrap();
    config.limits.tags_per_image = 3;
    let identities = [
        (MEMBER, identity(Some("demo"), &["member"])),
        (READER, identity(Some("demo"), &["reader"])),
        (VENDOR, identity(Some("vendor"), &["member"])),
        (STRANGER, identity(Some("stranger"), &["member"])),
        (ADMIN, identity(Some("admins"), &["admin"])),
        (UNSCOPED, identity(None, &["member"])),
    ];
    let token =
        |(text, identity): (&str, Identity)| (Token::new(text.as_bytes()).unwrap(), identity);
    TestApp::with_identities(store, config, identities.map(token))
}

/// The service over three images of `demo`, of which the first has the tag `production`.
pub fn three() -> TestApp {
    app(vec![
        image(1, "demo", &["production"]),
        image(2, "demo", &[]),
        image(3, "demo", &[]),
    ])
}

/// Sends `body` as JSON.
pub async fn send(
    client: Client<'_>,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: Value,
) -> Response {
    let headers = [headers, &[("Content-Type", "application/json")]].concat();
    client
        .send_body(method, path, &headers, body.to_string())
        .await
}

/// Moves `tag` to the image number `number`.
pub async fn promote(client: Client<'_>, tag: &str, number: u32) -> Response {
    promote_if(client, tag, number, &[]).await
}

/// The same, with headers.
pub async fn promote_if(
    client: Client<'_>,
    tag: &str,
    number: u32,
    headers: &[(&str, &str)],
) -> Response {
    let path = format!("/v2/tags/{tag}/image");
    let body = json!({"image": id(number)});
    send(client, Method::PUT, &path, headers, body).await
}

/// Moves `tag` to the image that has the tag `from`.
pub async fn assign(client: Client<'_>, tag: &str, from: &str) -> Response {
    let path = format!("/v2/tags/{tag}/assign");
    send(client, Method::POST, &path, &[], json!({"from_tag": from})).await
}

/// Moves `tag` back, with this body.
pub async fn revert(client: Client<'_>, tag: &str, body: Value) -> Response {
    let path = format!("/v2/tags/{tag}/revert");
    send(client, Method::POST, &path, &[], body).await
}

/// The numbers of the images that have `tag`, as an admin's list shows them: the newest first.
pub async fn holders(app: &TestApp, tag: &str) -> Vec<u32> {
    let path = format!("/v2/images?visibility=all&tag={tag}&limit=1000");
    let list = app.with_token(ADMIN).get(&path).await.json();
    numbers(&list["images"])
}

/// The numbers of the images in a list.
pub fn numbers(images: &Value) -> Vec<u32> {
    let images = images.as_array().unwrap().iter();
    images.map(|image| number(&image["id"])).collect()
}

/// The number of the image with this id.
pub fn number(id: &Value) -> u32 {
    id.as_str().unwrap()[24..].parse().unwrap()
}

/// The entity tag in a response.
pub fn etag(response: &Response) -> &str {
    response.header("etag").unwrap()
}

/// A line for each event in the history at `path`, the newest first: what happened to which image.
pub async fn history(client: Client<'_>, path: &str) -> Vec<String> {
    let events = client.get(path).await.json()["events"].clone();
    let events = events.as_array().unwrap().iter();
    events
        .map(|event| {
            let (tag, action) = (&event["tag"], &event["action"]);
            let image = number(&event["image"]);
            format!(
                "{} {} {image}",
                tag.as_str().unwrap(),
                action.as_str().unwrap()
            )
        })
        .collect()
}

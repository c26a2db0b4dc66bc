//! Pressure by concurrent requests for large images, large lists and large patches.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::target::{PATCH, Target, check};
use crate::backend::Client;
use crate::settings::amount;

/// Creates the largest image within the default quotas: 128 properties of the maximum length, as
/// text and as JSON.
pub(super) async fn create_largest_image(target: &Target) -> String {
    let value = "\"".repeat(30_000) + &"a".repeat(35_535);
    let id = target
        .create(&json!({"p0": value, "name": "the largest"}))
        .await;
    let copies: Vec<_> = (1..128)
        .map(|number| json!({"op": "copy", "from": "/p0", "path": format!("/p{number}")}))
        .collect();
    let patch = target
        .request(Method::PATCH, &format!("/v2/images/{id}"))
        .header("Content-Type", PATCH);
    let answer = patch
        .body(Value::from(copies).to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.bytes().await.unwrap().len() > 12_000_000);
    id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: make pressure"]
async fn many_readers_of_the_largest_image() {
    let mut target = Target::start().await;
    let id = create_largest_image(&target).await;
    target.start_background_client().await;
    for _ in 0..amount(2, 10) {
        let read = |_| target.request(Method::GET, &format!("/v2/images/{id}"));
        check(&target.send_concurrently(16, read).await, StatusCode::OK);
    }
    target.finish("16 readers of the largest image").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: make pressure"]
async fn many_changes_of_the_largest_image() {
    let mut target = Target::start().await;
    let id = create_largest_image(&target).await;
    target.start_background_client().await;
    let change = |number: u64| {
        let patch = target
            .request(Method::PATCH, &format!("/v2/images/{id}"))
            .header("Content-Type", PATCH);
        patch.body(json!([{"op": "add", "path": "/name", "value": number.to_string()}]).to_string())
    };
    check(&target.send_concurrently(16, change).await, StatusCode::OK);
    target.finish("16 changes of the largest image").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: make pressure"]
async fn many_lists_of_images_full_of_tags() {
    let mut target = Target::start().await;
    for image in 0..amount(60, 200) {
        let tags: Vec<_> = (0..128)
            .map(|tag| format!("{tag:03}{}", "\u{1f600}".repeat(252)))
            .collect();
        target
            .create(&json!({"name": image.to_string(), "tags": tags}))
            .await;
    }
    target.start_background_client().await;
    for _ in 0..amount(1, 5) {
        let list = |_| target.request(Method::GET, "/v2/images?limit=1000");
        check(&target.send_concurrently(24, list).await, StatusCode::OK);
    }
    target.finish("24 lists of images full of tags").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes long: make pressure"]
async fn many_patches_behind_a_stuck_writer() {
    let mut target = Target::start().await;
    let id = target.create(&json!({"name": "patched"})).await;
    target.start_background_client().await;
    let mut stuck = Client::connect(&target.store).await;
    stuck.run("BEGIN IMMEDIATE").await;
    let junk = "0,".repeat(500_000);
    let patch = |number: u64| {
        let operation =
            format!(r#"{{"op": "add", "path": "/n{number}", "value": "x", "junk": [{junk}0]}}"#);
        let patch = target
            .request(Method::PATCH, &format!("/v2/images/{id}"))
            .header("Content-Type", PATCH);
        patch.body(format!("[{operation}]"))
    };
    let release = async {
        tokio::time::sleep(Duration::from_secs(amount(3, 6))).await;
        stuck.run("ROLLBACK").await;
    };
    let (statuses, ()) = tokio::join!(target.send_concurrently(40, patch), release);
    check(&statuses, StatusCode::SERVICE_UNAVAILABLE);
    target.finish("40 patches behind a stuck writer").await;
}

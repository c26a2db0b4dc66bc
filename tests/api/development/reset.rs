//! What a reset puts back.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use image_tags::data::DataUrl;
use image_tags::store::Memory;
use serde_json::{Value, json};

use super::{RESET, add, app_with, everything, outcome, post};
use crate::identity::demo;
use crate::support::stores::{Fault, Faulty};
use crate::support::{DEBIAN, TestApp, UBUNTU, config};

#[tokio::test]
async fn images_tags_history_data_tokens_and_faults_are_as_configured() {
    // There is room for the data of one image.
    let app = app_with(|config| config.limits.data_memory_bytes = 6);
    let before = app.member().image(DEBIAN).await;
    app.member().put_tag(DEBIAN, "x").await;
    let history = app.member().get("/v2/tags/x/history").await;
    assert!(history.body.contains("added"), "{}", history.body);
    let deleted = format!("/v2/images/{UBUNTU}");
    app.member().send(Method::DELETE, &deleted, &[]).await;
    let file = upload(&app).await;
    let login = demo(&app).await;
    add(&app, &everything()).await;

    let response = post(&app, RESET, &Value::Null).await;
    assert_eq!(response.status, StatusCode::NO_CONTENT);
    assert_eq!(app.member().image(DEBIAN).await, before);
    assert_eq!(app.member().get(&deleted).await.status, StatusCode::OK);
    assert_eq!(app.member().get(&file).await.status, StatusCode::NOT_FOUND);
    let history = app.member().get("/v2/tags/x/history").await;
    assert!(!history.body.contains("added"), "{}", history.body);
    let response = app.with_token(&login).get("/v2/images").await;
    assert_eq!(response.status, StatusCode::UNAUTHORIZED);
    assert_eq!(outcome(&app, "/v2/images").await, (200, None));
    // The service goes on as after a start.
    upload(&app).await;
    assert_eq!(
        app.member().put_tag(DEBIAN, "y").await.status,
        StatusCode::NO_CONTENT
    );
    demo(&app).await;
}

#[tokio::test]
async fn a_reload_without_development_removes_the_faults() {
    let app = app_with(|_| {});
    add(&app, &everything()).await;
    let mut other = app.config.clone();
    for (is_on, expected) in [(true, 503), (false, 200), (true, 200)] {
        other.auth.development = is_on;
        app.api.reload(&other).unwrap();
        assert_eq!(outcome(&app, "/v2/images").await.0, expected);
    }
}

/// Uploads four bytes as a new image and returns their path.
async fn upload(app: &TestApp) -> String {
    let attributes = json!({"name": "new", "disk_format": "raw", "container_format": "bare"});
    let created = app.member().create(attributes).await;
    let file = format!("/v2/images/{created}/file");
    let headers = [("Content-Type", "application/octet-stream")];
    let client = app.member();
    let uploaded = client.send_body(Method::PUT, &file, &headers, "data").await;
    assert_eq!(uploaded.status, StatusCode::NO_CONTENT);
    file
}

#[tokio::test]
async fn the_bound_of_the_store_still_holds() {
    let mut config = config();
    config.auth.development = true;
    let images = config.images.iter().cloned();
    let store = Memory::with_images(images).with_max_bytes(1);
    let app = TestApp::with_store(Arc::new(store), config);
    let response = post(&app, RESET, &Value::Null).await;
    assert_eq!(response.status, StatusCode::NO_CONTENT);
    assert_eq!(
        app.member().put_tag(DEBIAN, "x").await.status,
        StatusCode::SERVICE_UNAVAILABLE
    );
}

#[tokio::test]
async fn a_store_in_memory_is_reset_also_while_it_is_measured() {
    let app = app_with(|config| config.metrics.listen = Some("127.0.0.1:0".parse().unwrap()));
    app.member().put_tag(DEBIAN, "x").await;
    let response = post(&app, RESET, &Value::Null).await;
    assert_eq!(response.status, StatusCode::NO_CONTENT);
    assert!(app.member().tags(DEBIAN).await.is_empty());
}

#[tokio::test]
async fn what_is_not_in_memory_is_not_reset() {
    let directory = tempfile::tempdir().unwrap();
    let data = DataUrl::File(directory.path().join("data"));
    let with_data = app_with(|config| config.data.url = Some(data));
    let mut config = config();
    config.auth.development = true;
    let inner = Memory::with_images(config.images.iter().cloned());
    let store = Faulty::new(Fault::Slow(Duration::ZERO), inner);
    let with_store = TestApp::with_store(Arc::new(store), config);
    for app in [with_data, with_store] {
        app.member().put_tag(DEBIAN, "x").await;
        let response = post(&app, RESET, &Value::Null).await;
        assert_eq!(response.status, StatusCode::CONFLICT);
        assert_eq!(app.member().tags(DEBIAN).await, ["x"]);
    }
}

//! `/development`: the reset, errors on purpose, and who may do it.
//!
//! Start reading at `faults`.

mod access;
mod faults;
mod reset;

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use image_tags::config::Config;
use image_tags::store::Memory;
use serde_json::{Value, json};

use crate::support::{Response, TestApp, config};

const FAULTS: &str = "/development/faults";
const RESET: &str = "/development/reset";

/// The service for development, over a store in memory.
fn app_with(change: impl FnOnce(&mut Config)) -> TestApp {
    let mut config = config();
    config.auth.development = true;
    change(&mut config);
    let store = Memory::with_images(config.images.iter().cloned());
    TestApp::with_store(Arc::new(store), config)
}

fn app() -> TestApp {
    app_with(|_| {})
}

async fn post(app: &TestApp, path: &str, body: &Value) -> Response {
    let body = body.to_string();
    app.admin().send_body(Method::POST, path, &[], body).await
}

/// Adds a fault and returns its id.
async fn add(app: &TestApp, fault: &Value) -> u64 {
    let response = post(app, FAULTS, fault).await;
    assert_eq!(response.status, StatusCode::CREATED, "{}", response.body);
    response.json()["id"].as_u64().unwrap()
}

/// The status of `GET path`, and the fault that its answer is marked with.
async fn outcome(app: &TestApp, path: &str) -> (u16, Option<u64>) {
    let response = app.member().get(path).await;
    let mark = response.header("x-image-tags-fault");
    (response.status.as_u16(), mark.map(|id| id.parse().unwrap()))
}

/// A fault that answers everything with 503.
fn everything() -> Value {
    json!({"status": 503})
}

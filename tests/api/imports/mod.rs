//! Imports and their tasks. Start reading at `staged`.

mod addresses;
mod requests;
mod staged;
mod tasks;
mod web;
mod web_failures;
pub mod web_server;

use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Client, Response};

/// Sends data for a later import by `glance-direct`.
pub async fn stage(client: Client<'_>, image: &str, data: impl Into<Body>) -> Response {
    let headers = [("Content-Type", "application/octet-stream")];
    let path = format!("/v2/images/{image}/stage");
    client.send_body(Method::PUT, &path, &headers, data).await
}

/// Asks for an import with this body.
pub async fn import_with(client: Client<'_>, image: &str, body: &Value) -> Response {
    let path = format!("/v2/images/{image}/import");
    let headers = [("Content-Type", "application/json")];
    let body = body.to_string();
    client.send_body(Method::POST, &path, &headers, body).await
}

/// Asks for an import by `glance-direct`.
pub async fn import_direct(client: Client<'_>, image: &str) -> Response {
    import_with(client, image, &json!({"method": {"name": "glance-direct"}})).await
}

/// Asks for an import by `web-download`.
pub async fn import_web(client: Client<'_>, image: &str, uri: &str) -> Response {
    let body = json!({"method": {"name": "web-download", "uri": uri}});
    import_with(client, image, &body).await
}

/// The only task of the image, once it has ended.
pub async fn ended_task(client: Client<'_>, image: &str) -> Value {
    for _ in 0..400 {
        let tasks = client.get(&format!("/v2/images/{image}/tasks")).await;
        let mut tasks = tasks.json()["tasks"].as_array().unwrap().clone();
        assert!(tasks.len() <= 1, "{tasks:?}");
        if let Some(task) = tasks.pop().filter(|task| task["status"] != "processing") {
            return task;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("the import of {image} does not end");
}

/// The data of the image.
pub async fn file(client: Client<'_>, image: &str) -> Response {
    client.get(&format!("/v2/images/{image}/file")).await
}

//! The calls that share an image and change a membership.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Client, Response, TestApp};

pub const OWNER: &str = "5ef70662f8b34079a6eddb8da9d75fe8";
pub const STRANGER: &str = "c27a8b5e60d14f3f9b1a7e4d2c6f8053";

pub async fn call(
    client: Client<'_>,
    method: Method,
    image: &str,
    member: &str,
    body: Value,
) -> Response {
    let member = if member.is_empty() {
        String::new()
    } else {
        format!("/{member}")
    };
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    client
        .send_body(
            method,
            &format!("/v2/images/{image}/members{member}"),
            &[],
            body,
        )
        .await
}

pub async fn share(client: Client<'_>, image: &str, project: &str) -> Response {
    call(client, Method::POST, image, "", json!({"member": project})).await
}

pub async fn set_status(client: Client<'_>, image: &str, project: &str, status: &str) -> Response {
    call(
        client,
        Method::PUT,
        image,
        project,
        json!({"status": status}),
    )
    .await
}

pub async fn members(client: Client<'_>, image: &str) -> Vec<(String, String)> {
    let list = call(client, Method::GET, image, "", Value::Null)
        .await
        .json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    list["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| (text(&member["member_id"]), text(&member["status"])))
        .collect()
}

/// The service with a shared image that the member owns, and the id of the image.
pub async fn shared() -> (TestApp, String) {
    let app = TestApp::new();
    let id = app.member().create(json!({"name": "shared"})).await;
    (app, id)
}

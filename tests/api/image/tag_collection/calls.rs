//! The calls of the collection.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{Client, Response};

pub async fn call(client: Client<'_>, method: Method, image: &str, body: Value) -> Response {
    let path = format!("/v2/images/{image}/tags");
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    client.send_body(method, &path, &[], body).await
}

/// The tags in an answer of the collection.
pub fn listed(response: &Response) -> Vec<String> {
    assert_eq!(response.status, StatusCode::OK, "{}", response.body);
    let json = response.json();
    assert_eq!(json.as_object().unwrap().len(), 1);
    serde_json::from_value(json["tags"].clone()).unwrap()
}

pub async fn list(client: Client<'_>, image: &str) -> Vec<String> {
    listed(&call(client, Method::GET, image, Value::Null).await)
}

pub async fn replace(client: Client<'_>, image: &str, tags: &[&str]) -> Response {
    call(client, Method::PUT, image, json!({"tags": tags})).await
}

pub async fn add(client: Client<'_>, image: &str, tags: &[&str]) -> Response {
    call(client, Method::POST, image, json!({"tags": tags})).await
}

pub async fn edit(client: Client<'_>, image: &str, add: &[&str], remove: &[&str]) -> Response {
    let body = json!({"add": add, "remove": remove});
    call(client, Method::POST, image, body).await
}

pub async fn clear(client: Client<'_>, image: &str) -> Response {
    call(client, Method::DELETE, image, Value::Null).await
}

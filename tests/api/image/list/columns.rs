//! One attribute of all images in a list.

use axum::http::StatusCode;

use crate::support::Client;

async fn column(client: Client<'_>, path: &str, attribute: &str) -> Vec<String> {
    let response = client.get(path).await;
    assert_eq!(response.status, StatusCode::OK, "{path} {}", response.body);
    let list = response.json();
    let images = list["images"].as_array().unwrap().iter();
    images
        .map(|image| image[attribute].as_str().unwrap_or("null").to_owned())
        .collect()
}

pub async fn ids(client: Client<'_>, path: &str) -> Vec<String> {
    column(client, path, "id").await
}

pub async fn names(client: Client<'_>, query: &str) -> Vec<String> {
    column(client, &format!("/v2/images?{query}"), "name").await
}

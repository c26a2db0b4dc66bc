//! Preconditions of `POST /v2/images`.

use axum::http::Method;
use serde_json::{Value, json};

use crate::support::{Client, DEBIAN, Response, TestApp};

async fn create(client: Client<'_>, body: Value, header: (&str, &str)) -> Response {
    let body = body.to_string();
    client
        .send_body(Method::POST, "/v2/images", &[header], body)
        .await
}

#[tokio::test]
async fn an_image_that_does_not_exist_yet_has_no_state_to_match() {
    let app = TestApp::new();
    for tag in ["*", "\"x\""] {
        let header = ("If-Match", tag);
        for body in [json!({}), json!({"id": DEBIAN})] {
            let response = create(app.member(), body, header).await;
            assert_eq!(response.status.as_u16(), 412, "{tag}");
        }
        let reader = create(app.reader(), json!({}), header).await;
        assert_eq!(reader.status.as_u16(), 403);
        let invalid = create(app.member(), json!({"name": 1}), header).await;
        assert_eq!(invalid.status.as_u16(), 400);
    }
    let images = app.admin().get("/v2/images?visibility=all").await.json();
    assert_eq!(
        images["images"].as_array().unwrap().len(),
        app.config.images.len()
    );
}

#[tokio::test]
async fn an_image_that_may_not_exist_yet_is_created_once() {
    let app = TestApp::new();
    let new = json!({"id": "5c1d1f2e-0b7a-4d0e-9a53-1f6f5b0c9a11"});
    for (body, header, status) in [
        (&new, ("If-None-Match", "*"), 201),
        (&new, ("If-None-Match", "*"), 412),
        (&new, ("If-None-Match", "\"x\""), 409),
        (&json!({}), ("If-None-Match", "*"), 201),
        (&json!({}), ("If-None-Match", "\"x\""), 201),
    ] {
        let response = create(app.member(), body.clone(), header).await;
        assert_eq!(response.status.as_u16(), status, "{header:?} {body}");
    }
}

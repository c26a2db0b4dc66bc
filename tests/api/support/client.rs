//! A client that calls the service in process.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use image_tags::service::Service;

use super::response::Response;

/// Sends requests with one token, or with none.
#[derive(Clone, Copy)]
pub struct Client<'a> {
    api: &'a Service,
    token: Option<&'a str>,
}

impl<'a> Client<'a> {
    pub fn new(api: &'a Service, token: Option<&'a str>) -> Self {
        Self { api, token }
    }

    pub async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path, &[]).await
    }

    pub async fn put_tag(&self, image: &str, tag: &str) -> Response {
        self.send(Method::PUT, &format!("/v2/images/{image}/tags/{tag}"), &[])
            .await
    }

    pub async fn delete_tag(&self, image: &str, tag: &str) -> Response {
        let path = format!("/v2/images/{image}/tags/{tag}");
        self.send(Method::DELETE, &path, &[]).await
    }

    /// The tags of an image as a GET shows them.
    pub async fn tags(&self, image: &str) -> Vec<String> {
        let tags = &self.image(image).await["tags"];
        tags.as_array()
            .unwrap()
            .iter()
            .map(|tag| tag.as_str().unwrap().to_owned())
            .collect()
    }

    /// Creates an image and returns its id.
    pub async fn create(&self, attributes: serde_json::Value) -> String {
        let response = self.post(&attributes).await;
        assert_eq!(response.status, StatusCode::CREATED, "{}", response.body);
        response.json()["id"].as_str().unwrap().to_owned()
    }

    pub async fn post(&self, attributes: &serde_json::Value) -> Response {
        self.send_body(Method::POST, "/v2/images", &[], attributes.to_string())
            .await
    }

    pub async fn patch(&self, image: &str, operations: &serde_json::Value) -> Response {
        let media_type = "application/openstack-images-v2.1-json-patch";
        self.send_body(
            Method::PATCH,
            &format!("/v2/images/{image}"),
            &[("Content-Type", media_type)],
            operations.to_string(),
        )
        .await
    }

    /// The image as a GET shows it.
    pub async fn image(&self, image: &str) -> serde_json::Value {
        self.get(&format!("/v2/images/{image}")).await.json()
    }

    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
        self.send_body(method, path, headers, Body::empty()).await
    }

    pub async fn send_body(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Response {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = self.token {
            request = request.header("X-Auth-Token", token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).unwrap();
        let (head, mut body) = self.api.answer(request).await.into_parts();
        // A download goes on once the last piece is dropped, as a connection does it.
        let mut whole = Vec::new();
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame.unwrap().into_data() {
                whole.extend_from_slice(&data);
            }
        }
        Response::new(head, String::from_utf8(whole).unwrap())
    }
}

//! An HTTP client that sends operations to the service and reads its answers strictly.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use super::response;
use crate::linearizability::{Answer, Content, Operation, Step};

const ADMIN: &str = "d7f4a2e6c1b84903a5e0f3b79c6d2841";
const MEMBER: &str = "0c3a50a694f44b748abd8e0660ecbd45";

pub(crate) const PATCH: &str = "application/openstack-images-v2.1-json-patch";

/// The outcome of a request.
#[derive(Debug)]
pub(super) enum Reply {
    Answer(Answer),
    /// For [`Operation::List`]: the images with the tag, each with its id.
    List(Vec<(String, Answer)>),
    /// The status 503.
    Unavailable,
    /// The connection closed before the answer, or the request timed out.
    ConnectionLost,
    /// The connection was refused, so the request was not sent.
    NotSent,
    /// A status or body that the service must not send.
    Invalid(String),
}

/// A client of one process.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
}

impl Client {
    pub(crate) fn new(address: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        // Without certificates, since reading the system's takes longer than many tests.
        let builder = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .timeout(Duration::from_secs(30));
        let http = builder.build().unwrap();
        Self {
            http,
            base: format!("http://{address}"),
        }
    }

    /// Whether the process and its store are healthy.
    pub(crate) async fn is_healthy(&self) -> bool {
        let url = format!("{}/healthcheck", self.base);
        self.http
            .get(url)
            .send()
            .await
            .is_ok_and(|response| response.status() == StatusCode::OK)
    }

    /// The ids of all images.
    pub(crate) async fn ids(&self) -> Vec<String> {
        let path = "/v2/images?limit=1000&visibility=all";
        let request = self.request_by(ADMIN, Method::GET, path);
        let response = request.send().await.unwrap();
        let body: Value = response.json().await.unwrap();
        response::images(&body)
            .unwrap()
            .into_iter()
            .map(|(id, _)| id)
            .collect()
    }

    /// A request of a member.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.request_by(MEMBER, method, path)
    }

    fn request_by(&self, token: &str, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.base);
        self.http.request(method, url).header("X-Auth-Token", token)
    }

    /// Sends an operation on one of the images, by its number in the list of their ids.
    pub(super) async fn send(
        &self,
        images: &[String],
        image: usize,
        operation: &Operation,
    ) -> Reply {
        match self.operation(&images[image], operation).send().await {
            Ok(response) if response.status() == StatusCode::SERVICE_UNAVAILABLE => {
                Reply::Unavailable
            }
            Ok(response) => read(images, operation, response).await,
            Err(error) if error.is_connect() => Reply::NotSent,
            Err(_) => Reply::ConnectionLost,
        }
    }

    fn operation(&self, image: &str, operation: &Operation) -> RequestBuilder {
        let escaped = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let to = |method, path: &str| self.request(method, &format!("/v2/images/{image}{path}"));
        match operation {
            Operation::Create(tags, properties) => {
                let mut body = json!(properties);
                body["id"] = image.into();
                body["tags"] = json!(tags);
                self.request(Method::POST, "/v2/images").json(&body)
            }
            Operation::Delete => to(Method::DELETE, ""),
            Operation::PutTag(tag) => to(Method::PUT, &format!("/tags/{}", escaped(tag))),
            Operation::DeleteTag(tag) => to(Method::DELETE, &format!("/tags/{}", escaped(tag))),
            Operation::EditTags(added, removed) => {
                to(Method::POST, "/tags").json(&json!({"add": added, "remove": removed}))
            }
            Operation::Patch(steps) => {
                let steps: Vec<_> = steps.iter().map(step).collect();
                to(Method::PATCH, "")
                    .header("Content-Type", PATCH)
                    .body(Value::from(steps).to_string())
            }
            Operation::Promote(tag) => {
                let path = format!("/v2/tags/{}/image", escaped(tag));
                self.request(Method::PUT, &path)
                    .json(&json!({ "image": image }))
            }
            Operation::AddMember(project) => {
                to(Method::POST, "/members").json(&json!({ "member": project }))
            }
            Operation::SetMember(project, status) => {
                let path = format!("/v2/images/{image}/members/{project}");
                self.request_by(ADMIN, Method::PUT, &path)
                    .json(&json!({ "status": status }))
            }
            Operation::RemoveMember(project) => to(Method::DELETE, &format!("/members/{project}")),
            Operation::Show => to(Method::GET, ""),
            Operation::Members => to(Method::GET, "/members"),
            Operation::List(tag) | Operation::Carriers(tag) => {
                let path = format!("/v2/images?limit=1000&tag={}", escaped(tag));
                self.request(Method::GET, &path)
            }
        }
    }
}

fn step(step: &Step) -> Value {
    match step {
        Step::SetTags(tags) => json!({"op": "replace", "path": "/tags", "value": tags}),
        Step::AddTag(tag) => json!({"op": "add", "path": "/tags/-", "value": tag}),
        Step::Set(name, value) => json!({"op": "add", "path": format!("/{name}"), "value": value}),
        Step::Replace(name, value) => {
            json!({"op": "replace", "path": format!("/{name}"), "value": value})
        }
        Step::Remove(name) => json!({"op": "remove", "path": format!("/{name}")}),
        Step::Test(name, value) => {
            json!({"op": "test", "path": format!("/{name}"), "value": value})
        }
    }
}

async fn read(images: &[String], operation: &Operation, response: Response) -> Reply {
    let status = response.status().as_u16();
    let Ok(text) = response.text().await else {
        return Reply::ConnectionLost;
    };
    let shows = matches!(status, 200 | 201);
    if !shows && !matches!(status, 204 | 404 | 409 | 413) {
        return Reply::Invalid(format!("{operation:?}: {status} {text}"));
    }
    let body = if shows {
        serde_json::from_str(&text).unwrap_or_default()
    } else {
        Value::Null
    };
    let content = match operation {
        _ if !shows => Some(Content::Nothing),
        Operation::List(_) => match response::images(&body) {
            Some(images) => return Reply::List(images),
            None => None,
        },
        Operation::Carriers(_) => response::numbered_images(&body, images),
        Operation::Promote(_) => response::taken_from(&body, images),
        Operation::EditTags(..) => response::texts(&body["tags"]).map(Content::Tags),
        Operation::AddMember(_) | Operation::SetMember(..) => {
            response::text(&body["status"]).map(Content::Member)
        }
        Operation::Members => response::members(&body["members"]).map(Content::Members),
        _ => response::image(&body),
    };
    match content {
        Some(content) => Reply::Answer(Answer { status, content }),
        None => Reply::Invalid(format!("{operation:?}: {status} {text}")),
    }
}

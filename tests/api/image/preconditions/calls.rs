//! The calls that evaluate preconditions.

use axum::http::Method;

use crate::support::{Client, Response, TestApp};

pub const PATCH_TYPE: &str = "application/openstack-images-v2.1-json-patch";

/// A call on an image: its method, what follows the id in the path, and its body.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    pub method: &'static str,
    pub below: &'static str,
    body: &'static str,
}

const fn call(method: &'static str, below: &'static str, body: &'static str) -> Call {
    Call {
        method,
        below,
        body,
    }
}

/// The reads, for an image with the tag `lts`.
pub const READS: [Call; 4] = [
    call("GET", "", ""),
    call("GET", "/tags", ""),
    call("GET", "/tags/lts", ""),
    call("HEAD", "/tags/lts", ""),
];

/// The writes. Each of them changes an image with the tag `lts`.
pub const WRITES: [Call; 7] = [
    call("PUT", "/tags/new", ""),
    call("DELETE", "/tags/lts", ""),
    call("PUT", "/tags", r#"{"tags": ["new"]}"#),
    call("POST", "/tags", r#"{"add": ["new"], "remove": ["lts"]}"#),
    call("DELETE", "/tags", ""),
    call(
        "PATCH",
        "",
        r#"[{"op": "add", "path": "/tags/-", "value": "new"}]"#,
    ),
    call("DELETE", "", ""),
];

impl Call {
    pub async fn send(self, client: Client<'_>, image: &str, headers: &[(&str, &str)]) -> Response {
        let path = format!("/v2/images/{image}{}", self.below);
        let mut headers = headers.to_vec();
        if self.method == "PATCH" {
            headers.push(("Content-Type", PATCH_TYPE));
        }
        let method = self.method.parse().unwrap();
        client.send_body(method, &path, &headers, self.body).await
    }

    /// The status if the preconditions are met.
    pub fn success(self) -> u16 {
        match (self.method, self.below) {
            ("GET", "" | "/tags") | ("PATCH", _) | ("PUT" | "POST", "/tags") => 200,
            _ => 204,
        }
    }
}

/// The entity tag of the image, as `GET` shows it.
pub async fn current(app: &TestApp, image: &str) -> String {
    let path = format!("/v2/images/{image}");
    tag_of(&app.member().send(Method::GET, &path, &[]).await)
}

/// The entity tag in a response.
pub fn tag_of(response: &Response) -> String {
    response.header("etag").unwrap().to_owned()
}

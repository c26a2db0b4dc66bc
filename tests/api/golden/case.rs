//! A recorded case: the request, the response, and the image before and after.

use std::collections::{BTreeMap, BTreeSet};

use image_tags::image::{MemberStatus, Tag};
use serde::Deserialize;
use serde_json::Value;

use super::placeholders::UNIQUE;

#[derive(Debug, Deserialize)]
pub struct Case {
    pub group: String,
    pub name: String,
    pub request: Request,
    pub response: Response,
    pub state_before: Option<State>,
    state_after: Option<State>,
    pub updated_at_changed: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub struct Request {
    pub method: String,
    pub path: String,
    #[serde(default = "http_1_1")]
    pub version: String,
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    #[serde(default)]
    pub chunked: bool,
    pub raw_head: Option<String>,
}

fn http_1_1() -> String {
    "HTTP/1.1".to_owned()
}

#[derive(Debug, Deserialize)]
pub struct Response {
    pub status: Option<u16>,
    pub reason: Option<String>,
    pub headers: Option<Vec<(String, String)>>,
    pub body: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct State {
    /// 404 for an image that was deleted; a word if a list recorded the image.
    pub status: Option<Value>,
    pub tags: Option<Vec<String>>,
    pub image_status: Option<String>,
    pub owner: Option<String>,
    pub visibility: Option<String>,
    #[serde(default)]
    pub protected: bool,
    #[serde(default)]
    pub os_hidden: bool,
    #[serde(default)]
    pub members: BTreeMap<String, MemberStatus>,
}

impl Case {
    pub fn all() -> Vec<Self> {
        [
            include_str!("tags.jsonl"),
            include_str!("definitions.jsonl"),
        ]
        .into_iter()
        .flat_map(str::lines)
        .map(|line| serde_json::from_str(line).unwrap())
        .map(Self::completed)
        .collect()
    }

    /// Completes cases that are recorded in short form: two long paths, and the cases about
    /// `updated_at`, which lack the token, the state and the long tag.
    fn completed(mut self) -> Self {
        if let Some((start, _)) = self.request.path.split_once("...<") {
            let (unit, count) = if start.ends_with('a') {
                ("a", 8000)
            } else {
                ("%F0%9F%98%80", 255)
            };
            self.request.path = format!("/v2/images/{{image}}/tags/{}", unit.repeat(count));
        }
        if self.updated_at_changed.is_some() {
            let tags: &[&str] =
                if matches!(&*self.name, "updated_at_put_same" | "updated_at_delete") {
                    &["y"]
                } else {
                    &[]
                };
            let state = serde_json::json!({"tags": tags, "owner": "{project:alpha}", "visibility": "private"});
            self.state_before = Some(serde_json::from_value(state).unwrap());
            self.request.headers = vec![
                ("Host".to_owned(), "{host}".to_owned()),
                ("X-Auth-Token".to_owned(), "{token:alpha-member}".to_owned()),
            ];
            self.request.path = self
                .request
                .path
                .replace("/aaa", &format!("/{}", "a".repeat(256)));
        }
        self
    }

    pub fn id(&self) -> String {
        format!("{}/{}", self.group, self.name)
    }

    /// The recorded tags afterwards, without those that this service cannot hold.
    pub fn tags_after(&self) -> Option<BTreeSet<String>> {
        Some(
            self.state_after
                .as_ref()?
                .tags()
                .map(|tag| tag.to_string())
                .collect(),
        )
    }

    pub fn is_head(&self) -> bool {
        self.request.method == "HEAD"
    }
}

impl State {
    /// The recorded tags. One recorded image has a tag with a NUL, which is no tag in this service.
    pub fn tags(&self) -> impl Iterator<Item = Tag> {
        let tags = self
            .tags
            .iter()
            .flatten()
            .map(|tag| tag.replace("{uniq}", UNIQUE));
        tags.filter_map(|tag| tag.parse().ok())
    }
}

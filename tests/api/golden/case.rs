//! A recorded case, and how it is played again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use image_tags::auth::Token;
use image_tags::config::Config;
use image_tags::identity::{Identity, ProjectId, Role};
use image_tags::image::{Image, ImageId, Member, MemberStatus, Tag};
use image_tags::store::StoredImage;
use serde::Deserialize;
use serde_json::Value;

use crate::support::raw::{Raw, RawAnswer};
use crate::support::{TestApp, example, store_of};

#[derive(Debug, Deserialize)]
pub struct Case {
    group: String,
    name: String,
    pub request: Request,
    pub response: Response,
    state_before: Option<State>,
    state_after: Option<State>,
    pub updated_at_changed: Option<bool>,
}

#[derive(Debug, Deserialize)]
pub struct Request {
    pub method: String,
    path: String,
    #[serde(default = "http_1_1")]
    version: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    body: Option<String>,
    #[serde(default)]
    chunked: bool,
    raw_head: Option<String>,
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
    /// 404 for an image that was deleted; a word where the state is made of an image that was listed.
    status: Option<Value>,
    tags: Option<Vec<String>>,
    image_status: Option<String>,
    owner: Option<String>,
    visibility: Option<String>,
    #[serde(default)]
    protected: bool,
    #[serde(default)]
    os_hidden: bool,
    #[serde(default)]
    members: BTreeMap<String, MemberStatus>,
}

/// What came of a replay.
pub struct Outcome {
    pub answer: Option<RawAnswer>,
    pub image: Option<StoredImage>,
    pub tags_before: BTreeSet<String>,
    pub was_changed: bool,
    values: Values,
}

impl Outcome {
    /// `text` of the recording with its placeholders filled in as for this replay.
    pub fn fill(&self, text: &str) -> String {
        self.values.fill(text)
    }
}

/// What the placeholders stand for in one replay.
struct Values {
    image: String,
    address: String,
}

const ALPHA: &str = "11111111111141118111111111111111";
const UNIQUE: &str = "unique-tag";
const BETA: &str = "22222222222242228222222222222222";

/// The tokens that are valid. A revoked one that was used before still was, for Glance had it in its cache.
const TOKENS: [(&str, Option<&str>, &str); 6] = [
    ("admin", Some("33333333333343338333333333333333"), "admin"),
    ("alpha-member", Some(ALPHA), "member"),
    ("alpha-reader", Some(ALPHA), "reader"),
    ("beta-member", Some(BETA), "member"),
    ("revoked-used", Some(ALPHA), "member"),
    ("unscoped", None, ""),
];

impl Values {
    fn fill(&self, text: &str) -> String {
        let mut text = text
            .replace("{image}", &self.image)
            .replace("{image|nodash}", &self.image.replace('-', ""))
            .replace("{host}", &self.address)
            .replace("{base}", &format!("http://{}", self.address))
            .replace("{project:alpha}", ALPHA)
            .replace("{project:beta}", BETA)
            .replace("{uniq}", UNIQUE)
            .replace("{uniq|upper}", &UNIQUE.to_uppercase());
        for name in TOKENS
            .map(|token| token.0)
            .into_iter()
            .chain(["expired", "revoked-unused"])
        {
            text = text.replace(&format!("{{token:{name}}}"), &format!("token-of-{name}"));
        }
        text
    }
}

impl Case {
    pub fn all() -> Vec<Self> {
        include_str!("tags.jsonl")
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .map(Self::completed)
            .collect()
    }

    /// What was recorded in short as it was in full: two long paths, and the cases that show whether `updated_at` moves,
    /// which have no token, no state and no long tag.
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

    /// The recorded tags afterwards, sorted, without those that cannot be here.
    pub fn tags_after(&self) -> Option<BTreeSet<String>> {
        Some(
            tags(self.state_after.as_ref()?)
                .map(|tag| tag.to_string())
                .collect(),
        )
    }

    pub fn is_head(&self) -> bool {
        self.request.method == "HEAD"
    }

    /// Plays the case on a server of its own.
    pub async fn replay(&self) -> Outcome {
        let mut config = Config::load(example(), [], None).unwrap();
        config.server.idle_timeout = Duration::from_secs(1);
        config.server.body_timeout = Duration::from_secs(1);
        "http://127.0.0.1:5000".clone_into(&mut config.auth.www_authenticate_uri);
        let id = ImageId::random();
        let state = self
            .state_before
            .as_ref()
            .filter(|state| state.status.is_none());
        let images = state
            .map(|state| image(id, state))
            .into_iter()
            .chain(self.listed_images(id));
        let app = TestApp::authenticating(store_of(images.collect()), config, identities());
        let server = app.listen().await;
        let before = server.app.store.image(id).await.unwrap();

        let values = Values {
            image: id.to_string(),
            address: server.address.clone(),
        };
        let mut client = Raw::connect(&server.address).await;
        let half_close = self.name.ends_with("half_close");
        let answer = client
            .exchange(self.bytes(&values), half_close, self.is_head())
            .await;
        let image = server.app.store.image(id).await.unwrap();
        let tags_before = before
            .iter()
            .flat_map(|image| &image.tags)
            .map(ToString::to_string)
            .collect();
        let was_changed = image != before;
        server.task.abort();
        Outcome {
            answer,
            image,
            tags_before,
            was_changed,
            values,
        }
    }

    /// For a list: the images that the recorded one shows, the two that all cases about tags began with, and an older
    /// one that none shows. The newest of the first two has the id of the case.
    fn listed_images(&self, id: ImageId) -> Vec<Image> {
        let listed = |case: &Self| {
            let body = case
                .response
                .body
                .as_deref()
                .and_then(|body| serde_json::from_str::<Value>(body).ok());
            body.and_then(|body| body["images"].as_array().cloned())
                .unwrap_or_default()
        };
        let mut recorded = listed(self);
        if recorded.is_empty() && self.group != "show" || !self.request.path.contains("/images?") {
            return Vec::new();
        }
        if self.group == "show" {
            recorded.extend(
                Self::all()
                    .iter()
                    .filter(|case| case.name == "list_one")
                    .flat_map(listed),
            );
        }
        recorded.sort_by_key(|image| std::cmp::Reverse(image["created_at"].to_string()));
        recorded.dedup_by_key(|image| {
            (
                image["name"].to_string(),
                image["created_at"].to_string(),
                image["id"].to_string(),
            )
        });
        recorded.push(serde_json::json!({"visibility": "private", "owner": "{project:alpha}", "status": "queued",
            "created_at": "2020-01-01T00:00:00Z", "name": "older", "tags": []}));
        let mut ids = [id]
            .into_iter()
            .chain(std::iter::repeat_with(ImageId::random));
        let image = |recorded: Value| {
            let mut state: State =
                serde_json::from_value(recorded.clone()).unwrap_or_else(|_| panic!("{recorded}"));
            state.image_status = recorded["status"].as_str().map(str::to_owned);
            let own = recorded["id"].as_str().and_then(|id| id.parse().ok());
            let mut image = Image::new(
                own.or_else(|| ids.next()).unwrap(),
                recorded["created_at"].as_str().unwrap().parse().unwrap(),
            );
            fill(&mut image, &state);
            image.name = recorded["name"].as_str().map(str::to_owned);
            image.disk_format = recorded["disk_format"].as_str().map(str::to_owned);
            image.container_format = recorded["container_format"].as_str().map(str::to_owned);
            image
        };
        recorded.into_iter().map(image).collect()
    }

    /// The request as it goes over the wire.
    fn bytes(&self, values: &Values) -> Vec<u8> {
        let request = &self.request;
        if let Some(head) = &request.raw_head {
            return latin1(&values.fill(head));
        }
        let mut bytes = latin1(&format!(
            "{} {} {}\r\n",
            request.method,
            values.fill(&request.path),
            request.version
        ));
        for (name, value) in &request.headers {
            bytes.extend(format!("{name}: ").bytes());
            bytes.extend(described(&values.fill(value)));
            bytes.extend(b"\r\n");
        }
        bytes.extend(b"\r\n");
        let body = request.body.as_deref().map(described).unwrap_or_default();
        if request.chunked {
            if !body.is_empty() {
                bytes.extend(format!("{:x}\r\n", body.len()).bytes());
                bytes.extend(body);
                bytes.extend(b"\r\n");
            }
            bytes.extend(b"0\r\n\r\n");
        } else {
            bytes.extend(body);
        }
        bytes
    }
}

/// The bytes of a text in which each character was one, with a sign in the place of those that were none.
fn latin1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|character| u8::try_from(character).unwrap_or(0xFF))
        .collect()
}

/// What is recorded, or so many bytes as `<5000 bytes: …>` says.
fn described(text: &str) -> Vec<u8> {
    match text
        .strip_prefix('<')
        .and_then(|text| text.split_once(" bytes"))
    {
        Some((count, _)) => vec![b'z'; count.parse().unwrap()],
        None => latin1(text),
    }
}

/// The tags of `state`. One recorded image has a tag with a NUL, which is not a tag here.
fn tags(state: &State) -> impl Iterator<Item = Tag> {
    let tags = state
        .tags
        .iter()
        .flatten()
        .map(|tag| tag.replace("{uniq}", UNIQUE));
    tags.filter_map(|tag| tag.parse().ok())
}

fn image(id: ImageId, state: &State) -> Image {
    let mut image = Image::new(id, "2026-01-01T00:00:00Z".parse().unwrap());
    image.name = Some("golden-image".to_owned());
    image.disk_format = Some("raw".to_owned());
    image.container_format = Some("bare".to_owned());
    fill(&mut image, state);
    image
}

fn fill(image: &mut Image, state: &State) {
    let values = Values {
        image: image.id().to_string(),
        address: String::new(),
    };
    image.owner = state
        .owner
        .as_deref()
        .map(|owner| ProjectId::from(&*values.fill(owner)));
    image.visibility = state.visibility.as_deref().unwrap().parse().unwrap();
    image.status = state
        .image_status
        .as_deref()
        .unwrap_or("queued")
        .parse()
        .unwrap();
    image.tags = tags(state).collect();
    image.protected = state.protected;
    image.hidden = state.os_hidden;
    image.members = state
        .members
        .iter()
        .map(|(project, status)| {
            (
                ProjectId::from(&*values.fill(project)),
                Member::new(*status, image.created_at()),
            )
        })
        .collect();
}

fn identities() -> impl Iterator<Item = (Token, Identity)> {
    TOKENS.into_iter().map(|(name, project, role)| {
        let token = Token::new(format!("token-of-{name}").as_bytes()).unwrap();
        let project = project.map(ProjectId::from);
        (
            token,
            Identity {
                user: name.to_owned(),
                project,
                role: Role::strongest([role]),
            },
        )
    })
}

//! A response of the service, and how snapshots show it.

use axum::http::response::Parts;
use axum::http::{HeaderMap, StatusCode};
use hyper::ext::ReasonPhrase;
use jiff::{SignedDuration, Timestamp};

/// The longest JSON that a snapshot shows on one line, in bytes.
const MAX_LINE: usize = 150;

/// A response with its whole body.
#[derive(Debug)]
pub struct Response {
    pub status: StatusCode,
    /// The reason phrase that goes over the wire.
    reason: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Response {
    pub fn new(head: Parts, body: String) -> Self {
        let reason = match head.extensions.get::<ReasonPhrase>() {
            Some(reason) => String::from_utf8_lossy(reason.as_bytes()).into_owned(),
            None => head
                .status
                .canonical_reason()
                .unwrap_or_default()
                .to_owned(),
        };
        Self {
            status: head.status,
            reason,
            headers: head.headers,
            body,
        }
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The explanation in the plain text of an error.
    pub fn explanation(&self) -> &str {
        let (status, text) = self
            .body
            .split_once("\n\n")
            .unwrap_or_else(|| panic!("{}", self.body));
        assert!(status.starts_with(self.status.as_str()), "{}", self.body);
        text.trim_end()
    }

    /// The whole response for a snapshot: status, headers sorted by name, and body.
    ///
    /// The request id is left out, times of the last hour are shown as `<now>`, entity tags as
    /// `"<state>"`, and long JSON is indented.
    pub fn to_text(&self) -> String {
        let mut headers: Vec<_> = self
            .headers
            .iter()
            .filter(|(name, _)| *name != "x-openstack-request-id")
            .map(|(name, value)| match value.to_str().unwrap() {
                value if name == "etag" => format!("etag: {}\n", without_state(value)),
                value => format!("{name}: {value}\n"),
            })
            .collect();
        headers.sort();
        let (status, reason) = (self.status.as_str(), &self.reason);
        let body = indented(&self.body).unwrap_or_else(|| self.body.clone());
        without_recent_times(&format!("{status} {reason}\n{}\n{body}", headers.concat()))
    }

    /// The response on one line, for tables of many: the status, and the explanation of an error.
    pub fn to_line(&self) -> String {
        let status = self.status.as_str();
        if self.status.is_client_error() || self.status.is_server_error() {
            let explanation = self.explanation().replace('\n', "\\n");
            format!("{status} {explanation}")
        } else {
            status.to_owned()
        }
    }
}

/// An entity tag without the text that names the state.
fn without_state(tag: &str) -> String {
    let (start, rest) = tag.split_once('"').unwrap();
    assert!(rest.len() > 1 && rest.ends_with('"'), "{tag}");
    format!("{start}\"<state>\"")
}

/// `body` with indentation, if it is JSON of more than [`MAX_LINE`] bytes.
fn indented(body: &str) -> Option<String> {
    let json: serde_json::Value = serde_json::from_str(body).ok()?;
    (body.len() > MAX_LINE).then(|| serde_json::to_string_pretty(&json).unwrap())
}

/// `text` with `<now>` in place of every time of the last hour.
fn without_recent_times(text: &str) -> String {
    const LENGTH: usize = "2026-01-05T09:00:00Z".len();
    let now = Timestamp::now();
    let is_recent =
        |time: Timestamp| now.duration_since(time).abs() < SignedDuration::from_hours(1);
    let mut shown = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let time = rest.get(..LENGTH).and_then(|start| start.parse().ok());
        let length = if time.is_some_and(is_recent) {
            shown.push_str("<now>");
            LENGTH
        } else {
            shown.push(first);
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    shown
}

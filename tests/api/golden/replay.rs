//! Replays a recorded case over a socket.

use std::collections::BTreeSet;
use std::time::Duration;

use image_tags::config::Config;
use image_tags::image::ImageId;
use image_tags::store::StoredImage;

use super::case::Case;
use super::images::{image, listed_images};
use super::placeholders::{Values, identities};
use crate::support::raw::{Raw, RawResponse};
use crate::support::{TestApp, example, store_of};

/// The result of a replay.
pub struct Outcome {
    pub response: Option<RawResponse>,
    pub image: Option<StoredImage>,
    pub tags_before: BTreeSet<String>,
    pub was_changed: bool,
    values: Values,
}

impl Outcome {
    /// A recorded `text` with the placeholders replaced by the values of this replay.
    pub fn fill(&self, text: &str) -> String {
        self.values.fill(text)
    }
}

/// Replays the case on its own server.
pub async fn replay(case: &Case) -> Outcome {
    let mut config = Config::load(example(), [], None).unwrap();
    config.server.idle_timeout = Duration::from_secs(1);
    config.server.body_timeout = Duration::from_secs(1);
    "http://127.0.0.1:5000".clone_into(&mut config.auth.www_authenticate_uri);
    if case.group == "imports" {
        // These were recorded without a method of import, as beside a store that is not in memory
        // and without a data store.
        config.store.url = String::from("sqlite:///nowhere/images.db")
            .try_into()
            .unwrap();
    }
    let id = ImageId::random();
    let state = case
        .state_before
        .as_ref()
        .filter(|state| state.status.is_none());
    let images = state
        .map(|state| image(id, state))
        .into_iter()
        .chain(listed_images(case, id));
    let app = TestApp::with_identities(store_of(images.collect()), config, identities());
    let server = app.listen().await;
    let before = server.app.store.image(id).await.unwrap();

    let values = Values {
        image: id.to_string(),
        address: server.address.clone(),
    };
    let mut client = Raw::connect(&server.address).await;
    let half_close = case.name.ends_with("half_close");
    let response = client
        .exchange(bytes(case, &values), half_close, case.is_head())
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
        response,
        image,
        tags_before,
        was_changed,
        values,
    }
}

/// The request in its wire form.
fn bytes(case: &Case, values: &Values) -> Vec<u8> {
    let request = &case.request;
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

/// The Latin-1 bytes of a text; characters outside of Latin-1 become 0xFF.
fn latin1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|character| u8::try_from(character).unwrap_or(0xFF))
        .collect()
}

/// The recorded text, or as many bytes as `<5000 bytes: …>` declares.
fn described(text: &str) -> Vec<u8> {
    match text
        .strip_prefix('<')
        .and_then(|text| text.split_once(" bytes"))
    {
        Some((count, _)) => vec![b'z'; count.parse().unwrap()],
        None => latin1(text),
    }
}

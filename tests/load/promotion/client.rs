//! Requests about one tag, and their answers read strictly.

use reqwest::header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderName};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use super::observation::Event;
use crate::workload::{Client, PATCH};

/// The exclusive tag that the clients put on images.
pub(super) const TAG: &str = "production";

/// The header by which a client chooses the id of its request.
pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-openstack-request-id");

/// An answer with the status that was expected, and its JSON.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

impl Received {
    /// The entity tag of what was answered.
    pub(super) fn etag(&self) -> String {
        self.headers[ETAG].to_str().unwrap().to_owned()
    }
}

/// How a client puts the tag on an image.
#[derive(Clone, Copy, Debug)]
pub(super) enum WriteKind {
    /// As `openstack image set --tag` does it: reads the tags, and sends them with the new one.
    Patch,
    Put,
    Post,
    Promote,
}

impl WriteKind {
    pub(super) const ALL: [Self; 4] = [Self::Patch, Self::Put, Self::Post, Self::Promote];

    /// The status of the answer when the image has the tag.
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Put => StatusCode::NO_CONTENT,
            Self::Patch | Self::Post | Self::Promote => StatusCode::OK,
        }
    }

    /// The request that puts the tag on the image with this id; `None` if what it depends on could
    /// not be read.
    pub(super) async fn request(
        self,
        client: &Client,
        image: &str,
    ) -> Result<Option<RequestBuilder>, String> {
        let path = format!("/v2/images/{image}");
        Ok(Some(match self {
            Self::Patch => {
                let read = client.request(Method::GET, &path);
                let Some(read) = receive(read, StatusCode::OK).await? else {
                    return Ok(None);
                };
                let mut tags = read.body["tags"].clone();
                let list = tags.as_array_mut().ok_or("an image without tags")?;
                if !list.iter().any(|tag| tag == TAG) {
                    list.push(TAG.into());
                }
                let steps = json!([{"op": "add", "path": "/tags", "value": tags}]);
                client
                    .request(Method::PATCH, &path)
                    .header(CONTENT_TYPE, PATCH)
                    .body(steps.to_string())
            }
            Self::Put => client.request(Method::PUT, &format!("{path}/tags/{TAG}")),
            Self::Post => client
                .request(Method::POST, &format!("{path}/tags"))
                .json(&json!({ "tags": [TAG] })),
            Self::Promote => promotion(client, image),
        }))
    }
}

/// The request that promotes the image with this id.
pub(super) fn promotion(client: &Client, image: &str) -> RequestBuilder {
    client
        .request(Method::PUT, &format!("/v2/tags/{TAG}/image"))
        .json(&json!({ "image": image, "reason": "a race" }))
}

/// Sends a request. `None` is no answer, or the answer that the store is unavailable; an error is
/// an answer with another status than the one expected.
pub(super) async fn receive(
    request: RequestBuilder,
    expected: StatusCode,
) -> Result<Option<Received>, String> {
    let Ok(response) = request.send().await else {
        return Ok(None);
    };
    let (status, headers) = (response.status(), response.headers().clone());
    let Ok(text) = response.text().await else {
        return Ok(None);
    };
    if status == StatusCode::SERVICE_UNAVAILABLE {
        return Ok(None);
    }
    if status != expected {
        return Err(format!("{status} instead of {expected}: {text}"));
    }
    let body = serde_json::from_str(&text).unwrap_or_default();
    Ok(Some(Received { headers, body }))
}

/// The numbers of the images that have the tag.
pub(super) async fn carriers(
    client: &Client,
    images: &[String],
) -> Result<Option<Vec<usize>>, String> {
    let request = client.request(Method::GET, &format!("/v2/images?tag={TAG}"));
    let Some(list) = receive(request, StatusCode::OK).await? else {
        return Ok(None);
    };
    let listed = list.body["images"]
        .as_array()
        .ok_or("a list without images")?;
    let numbers = listed.iter().map(|image| number(&image["id"], images));
    numbers.collect::<Result<_, _>>().map(Some)
}

/// The number of the image with this id.
pub(super) fn number(id: &Value, images: &[String]) -> Result<usize, String> {
    let found = images.iter().position(|image| *id == **image);
    found.ok_or_else(|| format!("no image of the clients: {id}"))
}

/// The events of the tag after the one with the id `after`, oldest first.
pub(super) async fn history(
    client: &Client,
    images: &[String],
    after: u64,
) -> Result<Option<Vec<Event>>, String> {
    let mut events = Vec::<Event>::new();
    let mut next = Some(format!("/v2/tags/{TAG}/history?limit=1000"));
    while let Some(path) = next.filter(|_| events.last().is_none_or(|it| it.id > after)) {
        let page = receive(client.request(Method::GET, &path), StatusCode::OK).await?;
        let Some(page) = page else {
            return Ok(None);
        };
        let listed = page.body["events"]
            .as_array()
            .ok_or("a page without events")?;
        for event in listed {
            events.push(read_event(event, images).ok_or(format!("no event: {event}"))?);
        }
        next = page.body["next"].as_str().map(str::to_owned);
    }
    events.retain(|event| event.id > after);
    events.reverse();
    Ok(Some(events))
}

fn read_event(event: &Value, images: &[String]) -> Option<Event> {
    let is_added = match event["action"].as_str()? {
        "added" => true,
        "removed" => false,
        _ => return None,
    };
    (event["tag"] == TAG).then_some(Event {
        id: event["id"].as_u64()?,
        image: number(&event["image"], images).ok()?,
        is_added,
        request_id: event["request_id"].as_str()?.to_owned(),
    })
}

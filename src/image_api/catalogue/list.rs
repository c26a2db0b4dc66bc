//! `GET /v2/tags`: the tags that the caller can see.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use serde::Serialize;

use super::measure::json_bytes;
use super::parameters::Parameters;
use crate::http::request::counted;
use crate::http::response;
use crate::image::Tag;
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::error::Error;
use crate::image_api::links::Links;
use crate::image_api::schemas;
use crate::store::{TagCount, TagPage, TagQuery};

/// What a tag of a page takes at most, in bytes: its text and the rest of an entry.
const TAG_BYTES: usize = Tag::MAX_CHARS * 4 + 64;

/// The JSON of a page of tags.
#[derive(Serialize)]
struct TagList<'a> {
    tags: Vec<TagView<'a>>,
    #[serde(flatten)]
    links: Links,
}

/// The JSON of a tag with the number of its images.
#[derive(Serialize)]
struct TagView<'a> {
    tag: &'a Tag,
    images: usize,
    /// Whether there are more images than were counted.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    more: bool,
}

impl<'a> From<&'a TagCount> for TagView<'a> {
    fn from(count: &'a TagCount) -> Self {
        Self {
            tag: &count.tag,
            images: count.images,
            more: count.more,
        }
    }
}

/// Answers a page of the tags that are on an image that the caller lists, hidden ones included.
pub(in crate::image_api) async fn list(
    State(context): State<Arc<Context>>,
    caller: Caller,
    uri: Uri,
) -> Result<Response, Error> {
    caller.rights.may_list()?;
    let parameters = Parameters::read(&uri, &["prefix", "limit", "marker"])?;
    let query = TagQuery {
        viewer: caller.rights.viewer(),
        prefix: parameters.get("prefix").unwrap_or_default().to_owned(),
        after: parameters.get("marker").map(marker).transpose()?,
        limit: parameters.limit()?,
    };
    let memory = counted(query.limit * TAG_BYTES);
    let memory = context.budget.reserve(memory).await?;
    // No tag starts with a text that is too long for one.
    let page = if query.prefix.parse::<Tag>().is_ok() {
        context.store.tags(&query).await?
    } else {
        TagPage::default()
    };
    let last = page.tags.last().filter(|_| page.more);
    let answer = TagList {
        tags: page.tags.iter().map(TagView::from).collect(),
        links: Links::new(
            "/v2/tags",
            parameters.all(),
            last.map(|last| last.tag.as_str()),
        ),
    };
    let size = json_bytes(&answer)?;
    Ok(response::json(&answer, size, memory, &context.budget).await?)
}

/// The tag after which a page starts. It need not exist.
fn marker(text: &str) -> Result<Tag, Error> {
    text.parse().map_err(|_| schemas::invalid_tag(text))
}

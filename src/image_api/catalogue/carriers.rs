//! `GET /v2/tags/{tag}`: the images that carry a tag, since when, and by whom it was set.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use serde::Serialize;

use super::carrier_view::CarrierView;
use super::measure::{json_bytes, json_digest};
use super::parameters::Parameters;
use super::precondition::{TagPreconditions, entity_tag, scope};
use super::rule_view::RuleView;
use super::tag_path::{TagPath, path_of};
use crate::http::EntityTag;
use crate::http::response::{self, not_modified};
use crate::identity::ProjectId;
use crate::image::{ImageId, Refusal, Tag, Viewer};
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::error::Error;
use crate::image_api::links::Links;
use crate::image_api::precondition::SentPreconditions;
use crate::store::{Filter, ImageQuery, ListError, VisibilityFilter};

/// The JSON of a page of the images that carry a tag.
#[derive(Serialize)]
struct Carriers<'a> {
    tag: &'a Tag,
    rule: Option<RuleView<'a>>,
    images: Vec<CarrierView<'a>>,
    #[serde(flatten)]
    links: Links,
}

/// Answers a page of the images that carry the tag, of those that the caller lists and of hidden
/// ones, newest first.
pub(in crate::image_api) async fn carriers(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: TagPath,
    preconditions: SentPreconditions,
    uri: Uri,
) -> Result<Response, Error> {
    caller.rights.may_list()?;
    let (tag, preconditions) = (path.tag_to_read()?, TagPreconditions::read(preconditions)?);
    let parameters = Parameters::read(&uri, &["owner", "limit", "marker"])?;
    let owner = parameters.owner()?;
    let viewer = caller.rights.viewer();
    let query = image_query(viewer.clone(), &tag, owner.as_ref(), &parameters)?;

    // A promotion between the two reads makes the entity tag older than the images, so that it can
    // only lead to a 412.
    let state = scope(&context, &caller.rights, &tag, owner.as_ref());
    let state = entity_tag(context.store.last_event(&state).await?);
    let marker = parameters.get("marker").unwrap_or_default();
    let listed = context.store.list(&query).await;
    let mut page = listed.map_err(|error| Error::from_list_error(error, marker))?;
    if page.images.is_empty() && !page.more && query.marker.is_none() {
        return Err(Refusal::NoImageWithTag(tag).into());
    }
    let ids: Vec<_> = page.images.iter().map(|image| image.id()).collect();
    let additions = context.store.latest_additions(&tag, &ids).await?;
    let last = page.images.last().filter(|_| page.more);
    let marker = last.map(|image| image.id().to_string());
    let view = |(image, event)| CarrierView::new(&viewer, image, Option::as_ref(event));
    let images = page.images.iter().map(|image| &**image);
    let carriers = Carriers {
        tag: &tag,
        rule: context.rules.rule_for(&tag).map(|(_, rule)| rule.into()),
        images: images.zip(&additions).map(view).collect(),
        links: Links::new(&path_of(&tag, ""), parameters.all(), marker.as_deref()),
    };
    let shown = state.followed_by(&EntityTag::new(&json_digest(&carriers)?));
    if let Some(tag) = preconditions.matched(&state, &shown)? {
        return Ok(not_modified(&tag));
    }
    let (size, memory) = (json_bytes(&carriers)?, std::mem::take(&mut page.memory));
    let mut response = response::json(&carriers, size, memory, &context.budget).await?;
    shown.set_on(&mut response);
    Ok(response)
}

fn image_query(
    viewer: Viewer,
    tag: &Tag,
    owner: Option<&ProjectId>,
    parameters: &Parameters,
) -> Result<ImageQuery, Error> {
    let marker = parameters.get("marker").map(|text| {
        let no_image = |_| Error::from_list_error(ListError::NoSuchMarker, text);
        text.parse::<ImageId>().map_err(no_image)
    });
    // As in the catalogue, an admin also sees the community images of all projects.
    let visibility = match viewer {
        Viewer::Admin(_) => VisibilityFilter::All,
        Viewer::Project(_) | Viewer::Nobody => VisibilityFilter::Default,
    };
    Ok(ImageQuery {
        visibility,
        hidden: None,
        tags: [tag.clone()].into(),
        filters: owner.map(Filter::owner).into_iter().collect(),
        marker: marker.transpose()?,
        ..ImageQuery::new(viewer, parameters.limit()?)
    })
}

//! `GET /v2/tags/{tag}/image`: the one image to use.
//!
//! Only images of the caller's project and of trusted owners count, so that nobody else can offer
//! an image by giving it the tag.

use std::cmp::Reverse;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::Response;
use serde::Serialize;

use super::measure::{json_bytes, json_digest};
use super::parameters::Parameters;
use super::precondition::{TagPreconditions, entity_tag, scope};
use super::tag_path::TagPath;
use crate::http::EntityTag;
use crate::http::response::{self, not_modified};
use crate::identity::ProjectId;
use crate::image::{Attribute, ExclusiveScope, Refusal, Status, Tag};
use crate::image_api::caller::Caller;
use crate::image_api::context::Context;
use crate::image_api::error::Error;
use crate::image_api::images::image_response;
use crate::image_api::images::view::ImageView;
use crate::image_api::precondition::{self, SentPreconditions};
use crate::policy::Rights;
use crate::store::{Filter, ImageQuery, Page, StoredImage, VisibilityFilter};

/// How many candidates an answer has at most.
const MAX_CANDIDATES: usize = 25;

/// The JSON of the images that could be meant.
#[derive(Serialize)]
struct Candidates<'a> {
    images: Vec<ImageView<'a>>,
    /// Whether there are more of them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    more: bool,
}

/// Answers the image to use: the one that has the exclusive tag, or the newest active one with the
/// tag. With `unique`, 300 if there are others.
pub(in crate::image_api) async fn current(
    State(context): State<Arc<Context>>,
    caller: Caller,
    path: TagPath,
    preconditions: SentPreconditions,
    uri: Uri,
) -> Result<Response, Error> {
    caller.rights.may_list()?;
    let (tag, preconditions) = (path.tag_to_read()?, TagPreconditions::read(preconditions)?);
    let parameters = Parameters::read(&uri, &["owner", "unique"])?;
    let (owner, unique) = (parameters.owner()?, parameters.flag("unique")?);

    // The state comes first, so that an outdated one can only lead to a 412.
    let state = scope(&context, &caller.rights, &tag, owner.as_ref());
    let state = entity_tag(context.store.last_event(&state).await?);
    let limit = if unique { MAX_CANDIDATES } else { 1 };
    let owners = owners(&context, &caller.rights, &tag, owner, unique);
    let mut page = candidates(&context, &caller.rights, &tag, owners, limit).await?;
    if unique && (page.images.len() > 1 || page.more) {
        return multiple_choices(page, &context, &state, &preconditions).await;
    }
    let memory = std::mem::take(&mut page.memory);
    let image = page.images.pop().ok_or(Refusal::NoImageWithTag(tag))?;
    let id = image.id().to_string();
    let shown = state.followed_by(&EntityTag::new(&id));
    let shown = shown.followed_by(&precondition::entity_tag(&image));
    if let Some(tag) = preconditions.matched(&state, &shown)? {
        return Ok(not_modified(&tag));
    }
    let mut response = image_response(StoredImage { image, memory }, &context).await?;
    shown.set_on(&mut response);
    if let Ok(location) = HeaderValue::try_from(format!("/v2/images/{id}")) {
        response
            .headers_mut()
            .insert(header::CONTENT_LOCATION, location);
    }
    Ok(response)
}

/// The owners whose images count, in groups: the first group of which one has the tag decides.
fn owners(
    context: &Context,
    rights: &Rights,
    tag: &Tag,
    owner: Option<ProjectId>,
    unique: bool,
) -> Vec<Vec<ProjectId>> {
    if let Some(owner) = owner {
        return vec![vec![owner]];
    }
    let own = rights.identity().project.clone().into_iter();
    let is_other = |owner: &&ProjectId| Some(*owner) != rights.identity().project.as_ref();
    let trusted = context.trusted_owners.iter().filter(is_other).cloned();
    let exclusive = context
        .rules
        .rule_for(tag)
        .and_then(|(_, rule)| rule.exclusive());
    match exclusive.map(|exclusive| exclusive.scope) {
        Some(ExclusiveScope::Project) if unique => vec![own.collect(), trusted.collect()],
        Some(ExclusiveScope::Project) => own.chain(trusted).map(|owner| vec![owner]).collect(),
        Some(ExclusiveScope::Service) | None => vec![own.chain(trusted).collect()],
    }
}

/// The first `limit` images that could be meant, newest first.
async fn candidates(
    context: &Context,
    rights: &Rights,
    tag: &Tag,
    owners: Vec<Vec<ProjectId>>,
    limit: usize,
) -> Result<Page, Error> {
    let rule = context.rules.rule_for(tag);
    let is_exclusive = rule.is_some_and(|(_, rule)| rule.exclusive().is_some());
    let is_active = || {
        let active = [Status::Active.as_str().to_owned()];
        Filter::Text(Attribute::Status, active.into())
    };
    for group in owners {
        let mut page = Page::default();
        for owner in group {
            let filters = [Filter::owner(&owner)].into_iter();
            let query = ImageQuery {
                visibility: VisibilityFilter::All,
                hidden: (!is_exclusive).then_some(false),
                tags: [tag.clone()].into(),
                filters: filters.chain((!is_exclusive).then(is_active)).collect(),
                ..ImageQuery::new(rights.viewer(), limit)
            };
            let listed = context.store.list(&query).await;
            let listed = listed.map_err(|error| Error::from_list_error(error, ""))?;
            page.images.extend(listed.images);
            page.memory.merge(listed.memory);
            page.more |= listed.more;
        }
        if !page.images.is_empty() {
            let images = &mut page.images;
            images.sort_unstable_by_key(|image| Reverse((image.created_at(), image.id())));
            page.more |= images.len() > limit;
            images.truncate(limit);
            return Ok(page);
        }
    }
    Ok(Page::default())
}

/// 300 with the images that could be meant.
async fn multiple_choices(
    mut page: Page,
    context: &Context,
    state: &EntityTag,
    preconditions: &TagPreconditions,
) -> Result<Response, Error> {
    let memory = std::mem::take(&mut page.memory);
    let candidates = Candidates {
        images: page.images.iter().map(|image| ImageView(image)).collect(),
        more: page.more,
    };
    let shown = state.followed_by(&EntityTag::new(&json_digest(&candidates)?));
    if let Some(tag) = preconditions.matched(state, &shown)? {
        return Ok(not_modified(&tag));
    }
    let size = json_bytes(&candidates)?;
    let mut response = response::json(&candidates, size, memory, &context.budget).await?;
    *response.status_mut() = StatusCode::MULTIPLE_CHOICES;
    shown.set_on(&mut response);
    Ok(response)
}

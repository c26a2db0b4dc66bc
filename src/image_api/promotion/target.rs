//! The image that a tag is moved back to.

use crate::image::Refusal;
use crate::image::{ImageId, ScopedTag, TagAction, TagEvent, Viewer};
use crate::image_api::context::Context;
use crate::image_api::error::Error;
use crate::policy::Rights;
use crate::store::{Carriers, HistoryQuery, HistorySubject};

/// How many events one read of the history returns.
const PAGE_EVENTS: usize = 100;

/// How many pages of the history are searched for the image before.
const MAX_PAGES: usize = 10;

/// The image to which the event `id` added the tag, if the caller sees the event.
pub(super) async fn image_of_event(
    context: &Context,
    rights: &Rights,
    tag: &ScopedTag,
    id: u64,
) -> Result<ImageId, Error> {
    let query = HistoryQuery {
        viewer: rights.viewer(),
        subject: HistorySubject::Scope(tag.clone()),
        before: Some(id.saturating_add(1)),
        limit: 1,
    };
    let page = context.store.history(&query).await?;
    let event = page.events.into_iter().next();
    let event = event.filter(|event| event.id == id && event.action == TagAction::Added);
    Ok(event.ok_or(Error::EventNotFound(id))?.image)
}

/// The image that had the tag before it came to `carriers`: that of the newest event of another
/// image. This may be the loss of a tag that the image got before there was a history.
///
/// The search is not restricted to events that the caller sees: a tag that would go to an image of
/// somebody else must not go to an older one instead.
pub(super) async fn image_before(
    context: &Context,
    rights: &Rights,
    tag: &ScopedTag,
    carriers: &Carriers,
) -> Result<ImageId, Error> {
    let nothing = || Refusal::NoFormerImage(tag.tag.clone());
    let project = rights.identity().project.clone().ok_or_else(nothing)?;
    let mut query = HistoryQuery {
        viewer: Viewer::Admin(project),
        subject: HistorySubject::Scope(tag.clone()),
        before: Some(carriers.last_event.saturating_add(1)),
        limit: PAGE_EVENTS,
    };
    let is_of_another = |event: &&TagEvent| !carriers.images.contains(&event.image);
    for _ in 0..MAX_PAGES {
        let page = context.store.history(&query).await?;
        if let Some(event) = page.events.iter().find(is_of_another) {
            return Ok(event.image);
        }
        query.before = page.events.last().map(|event| event.id);
        if !page.more {
            break;
        }
    }
    Err(nothing().into())
}

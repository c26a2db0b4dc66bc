//! The answer to a move of a tag.

use axum::response::Response;
use serde::Serialize;

use crate::budget::Reservation;
use crate::http::response;
use crate::identity::ProjectId;
use crate::image::{ImageId, Refusal, Tag};
use crate::image_api::catalogue::{entity_tag, json_bytes, microseconds};
use crate::image_api::context::Context;
use crate::image_api::error::Error;
use crate::store::Written;

/// The JSON of a move. Without events the image had the tag already, and had it alone.
#[derive(Serialize)]
struct MoveView<'a> {
    tag: &'a Tag,
    image: ImageId,
    owner: Option<&'a ProjectId>,
    taken_from: Vec<ImageId>,
    time: Option<String>,
    events: Vec<u64>,
}

/// 200 with what `written` has done to move `tag` to the image `id`, and the entity tag of the tag
/// after it.
pub(super) async fn answer(
    context: &Context,
    written: &Written,
    tag: &Tag,
    id: ImageId,
) -> Result<Response, Error> {
    let image = written.images.iter().find(|image| image.id() == id);
    let image = image.ok_or(Refusal::NotVisible)?;
    let scope = context.rules.scope_of(tag, image.owner.as_ref());
    let carriers = scope.and_then(|scope| written.carriers.get(&scope));
    let before = carriers.map_or(&[][..], |carriers| &carriers.images);
    let last_before = carriers.map_or(0, |carriers| carriers.last_event);
    let events = || written.events.iter();
    let view = MoveView {
        tag,
        image: id,
        owner: image.owner.as_ref(),
        taken_from: before
            .iter()
            .copied()
            .filter(|other| *other != id)
            .collect(),
        time: events().map(|event| event.time).max().map(microseconds),
        events: events().map(|event| event.id).collect(),
    };
    let size = json_bytes(&view)?;
    let mut response = response::json(&view, size, Reservation::default(), &context.budget).await?;
    let last = events().map(|event| event.id).fold(last_before, u64::max);
    entity_tag(last).set_on(&mut response);
    Ok(response)
}

//! The JSON of an event of the history of tags.

use jiff::Timestamp;
use serde::Serialize;

use crate::identity::ProjectId;
use crate::image::{ImageId, Reason, Tag, TagAction, TagEvent};

/// The JSON of an event.
#[derive(Serialize)]
pub(super) struct EventView<'a> {
    id: u64,
    time: String,
    image: ImageId,
    tag: &'a Tag,
    action: TagAction,
    owner: Option<&'a ProjectId>,
    user: &'a str,
    project: Option<&'a ProjectId>,
    request_id: &'a str,
    reason: Option<&'a Reason>,
}

impl<'a> From<&'a TagEvent> for EventView<'a> {
    fn from(event: &'a TagEvent) -> Self {
        Self {
            id: event.id,
            time: microseconds(event.time),
            image: event.image,
            tag: &event.tag,
            action: event.action,
            owner: event.owner.as_ref(),
            user: &event.user,
            project: event.project.as_ref(),
            request_id: &event.request_id,
            reason: event.reason.as_ref(),
        }
    }
}

/// A time in microseconds with a `Z`. Events that follow each other quickly differ by less than the
/// seconds of an image's times.
pub(in crate::image_api) fn microseconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

//! The JSON of an image that carries a tag.

use serde::Serialize;

use super::event_view::microseconds;
use crate::identity::ProjectId;
use crate::image::{Image, ImageId, ImageName, Reason, Status, TagEvent, Viewer, Visibility};

/// The JSON of an image that carries a tag, and of how it got the tag. That is null as far as it is
/// not known, or was done while the viewer did not see the image.
#[derive(Serialize)]
pub(super) struct CarrierView<'a> {
    id: ImageId,
    name: Option<&'a ImageName>,
    owner: Option<&'a ProjectId>,
    status: Status,
    visibility: Visibility,
    os_hidden: bool,
    set_at: Option<String>,
    set_by: Option<SetBy<'a>>,
    request_id: Option<&'a str>,
    reason: Option<&'a Reason>,
}

/// The user who set a tag, and the project of the user's token.
#[derive(Serialize)]
struct SetBy<'a> {
    user: &'a str,
    project: Option<&'a ProjectId>,
}

impl<'a> CarrierView<'a> {
    /// The JSON for `viewer` of an image, which got the tag by `event`.
    pub(super) fn new(viewer: &Viewer, image: &'a Image, event: Option<&'a TagEvent>) -> Self {
        let event = event.filter(|event| {
            let was_member = |project: &ProjectId| image.has_member_since(project, event.time);
            viewer.sees_event(event, was_member)
        });
        Self {
            id: image.id(),
            name: image.name.as_ref(),
            owner: image.owner.as_ref(),
            status: image.status,
            visibility: image.visibility,
            os_hidden: image.hidden,
            set_at: event.map(|event| microseconds(event.time)),
            set_by: event.map(|event| SetBy {
                user: &event.user,
                project: event.project.as_ref(),
            }),
            request_id: event.map(|event| event.request_id.as_str()),
            reason: event.and_then(|event| event.reason.as_ref()),
        }
    }
}

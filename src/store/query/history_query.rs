//! Which events of the history of tags a page holds.

use crate::identity::ProjectId;
use crate::image::{ImageId, ScopedTag, Tag, TagEvent, TagScope, Viewer};

/// A page of the history of tags, newest first.
#[derive(Clone, Debug)]
pub struct HistoryQuery {
    /// The caller. An event is visible to those who saw the image as it was then: its owner,
    /// admins, everybody if it was public or a community image, and, if it was shared, those who
    /// were its members and are so still, or were so when it was deleted.
    pub viewer: Viewer,
    /// What the events are about.
    pub subject: HistorySubject,
    /// Only events with a smaller id; `None` starts at the newest.
    pub before: Option<u64>,
    /// The maximum number of events on the page.
    pub limit: usize,
}

/// What the events of a history are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HistorySubject {
    /// All tags of this image.
    Image(ImageId),
    /// This tag on any image.
    Tag(Tag),
    /// This tag on the images of a scope.
    Scope(ScopedTag),
}

/// A page of events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventPage {
    /// The events, in the order that was asked for.
    pub events: Vec<TagEvent>,
    /// Whether others follow.
    pub more: bool,
}

/// What a part of a pass over the history has removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// The number of events that were removed.
    pub removed: usize,
    /// The id after which the next part has to start; `None` at the end of the history.
    pub next: Option<u64>,
}

impl HistoryQuery {
    /// Whether `event` belongs in the history, on any page of it. `was_member` tells whether a
    /// project was a member of the event's image, as [`Viewer::sees_event`] asks.
    pub fn matches(&self, event: &TagEvent, was_member: impl Fn(&ProjectId) -> bool) -> bool {
        let is_subject = match &self.subject {
            HistorySubject::Image(image) => event.image == *image,
            HistorySubject::Tag(tag) => event.tag == *tag,
            HistorySubject::Scope(ScopedTag { tag, scope }) => {
                event.tag == *tag && scope.has_owner(event.owner.as_ref())
            }
        };
        is_subject && self.viewer.sees_event(event, was_member)
    }
}

impl HistorySubject {
    /// The tag, unless all tags of an image are meant.
    #[must_use]
    pub fn tag(&self) -> Option<&Tag> {
        match self {
            Self::Image(_) => None,
            Self::Tag(tag) | Self::Scope(ScopedTag { tag, .. }) => Some(tag),
        }
    }

    /// The owner, if only images of one owner are meant.
    #[must_use]
    pub fn owner(&self) -> Option<Option<&ProjectId>> {
        match self {
            Self::Scope(ScopedTag {
                scope: TagScope::Owner(owner),
                ..
            }) => Some(owner.as_ref()),
            Self::Image(_) | Self::Tag(_) | Self::Scope(_) => None,
        }
    }
}

impl EventPage {
    /// Fills a page with the first `limit` of `events`.
    pub(crate) fn filled(events: impl IntoIterator<Item = TagEvent>, limit: usize) -> Self {
        let mut events = events.into_iter();
        Self {
            events: events.by_ref().take(limit).collect(),
            more: events.next().is_some(),
        }
    }
}

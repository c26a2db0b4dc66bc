//! Which events of the history of tags a page holds.

use crate::image::{ImageId, ScopedTag, Tag, TagEvent, Viewer};

/// A page of the history of tags, newest first.
#[derive(Clone, Debug)]
pub struct HistoryQuery {
    /// The caller. An event is visible to those who saw the image as it was then: its owner, admins,
    /// everybody if it was public or a community image, and its present or last members if it was
    /// shared.
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
    /// The events, newest first.
    pub events: Vec<TagEvent>,
    /// Whether older ones follow.
    pub more: bool,
}

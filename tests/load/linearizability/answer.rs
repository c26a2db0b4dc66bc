//! An answer of the service to one operation, reduced to what the model predicts.

use std::collections::{BTreeMap, BTreeSet};

pub(crate) type Tags = BTreeSet<String>;
pub(crate) type Texts = BTreeMap<String, String>;

/// What an answer contains of the images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Nothing,
    /// The tags and properties.
    Image(Tags, Texts),
    /// The tags alone.
    Tags(Tags),
    /// The tags and properties of several images, by their numbers.
    Images(BTreeMap<usize, (Tags, Texts)>),
    /// The numbers of the images that a promotion has taken the tag from.
    TakenFrom(BTreeSet<usize>),
    /// The status of one member.
    Member(String),
    /// The status of each member, by its project.
    Members(Texts),
}

/// A status and a content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content: Content,
}

impl Answer {
    /// An answer with this status and nothing of the image.
    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            content: Content::Nothing,
        }
    }
}

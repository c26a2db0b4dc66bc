//! The operations of the API that clients send, each on one image.

use super::answer::{Tags, Texts};

/// An operation of the API on one image.
#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Create(Tags, Texts),
    Delete,
    PutTag(String),
    DeleteTag(String),
    /// Adds the first tags and removes the second ones, in one step.
    EditTags(Tags, Tags),
    Patch(Vec<Step>),
    /// Puts the tag on the image and takes it from all others.
    Promote(String),
    AddMember(String),
    SetMember(String, &'static str),
    RemoveMember(String),
    Show,
    Members,
    /// Whether the list of the images with this tag contains the image.
    List(String),
    /// The list of the images with this tag, whichever image the operation is on.
    Carriers(String),
}

/// One operation of a JSON patch.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    SetTags(Tags),
    AddTag(String),
    Set(String, String),
    Replace(String, String),
    Remove(String),
    Test(String, String),
}

impl Operation {
    /// Whether the operation changes no state, whatever its answer.
    pub(crate) fn is_read(&self) -> bool {
        matches!(
            self,
            Self::Show | Self::Members | Self::List(_) | Self::Carriers(_)
        )
    }
}

//! The history of tags: one event for each tag that a write adds to an image or removes from it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

use crate::identity::ProjectId;
use crate::image::value::{ImageId, Tag, Visibility, text_value, word_value};

/// An event of the history of tags, as a store keeps it.
///
/// A change of an image's owner takes the tags out of the old owner's images and puts them among
/// the new owner's: it is two events for each tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagEvent {
    /// The id, from 1. The ids rise in the order in which the events of one image, and those of one
    /// exclusive tag, happened. An import gives new ids.
    pub id: u64,
    /// When it happened, to the microsecond: the time of the image's change.
    pub time: Timestamp,
    /// The image.
    pub image: ImageId,
    /// The tag.
    pub tag: Tag,
    /// What happened to the tag.
    pub action: TagAction,
    /// The owner of the image at the time.
    pub owner: Option<ProjectId>,
    /// The visibility of the image at the time.
    pub visibility: Visibility,
    /// The id of the user who did it, cut to 255 characters.
    pub user: String,
    /// The project that the user's token was scoped to.
    pub project: Option<ProjectId>,
    /// The id of the request.
    pub request_id: String,
    /// The reason that the user gave.
    pub reason: Option<Reason>,
}

impl TagEvent {
    /// The longest id of a user in characters (code points): what a column of MariaDB with an index
    /// holds.
    pub const MAX_USER_CHARS: usize = 255;
}

/// What happened to a tag of an image.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(
    serialize_all = "lowercase",
    parse_err_ty = TagActionError,
    parse_err_fn = TagActionError::new
)]
pub enum TagAction {
    /// The image lost the tag, or its owner lost the image. In the order of a history it comes
    /// before what was added by the same write.
    Removed,
    /// The image came to carry the tag, or to belong to this owner.
    Added,
}

/// A text that is not what can happen to a tag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not one of added and removed")]
pub struct TagActionError(String);

word_value!(TagAction, TagActionError);

/// Why somebody moved a tag: up to 255 characters (code points) without NUL.
///
/// ```
/// use image_tags::image::{Reason, ReasonError};
///
/// assert_eq!("tested".parse::<Reason>().unwrap().as_str(), "tested");
/// assert_eq!("a".repeat(256).parse::<Reason>(), Err(ReasonError::TooLong));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Reason(Box<str>);

/// Why a text is not a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReasonError {
    /// More than [`Reason::MAX_CHARS`] characters.
    #[error("a reason has at most {} characters", Reason::MAX_CHARS)]
    TooLong,
    /// A NUL, which PostgreSQL cannot store.
    #[error("a reason contains no NUL character")]
    Nul,
}

impl Reason {
    /// The longest reason in characters (code points): what a column of MariaDB with an index
    /// holds, as for every short text.
    pub const MAX_CHARS: usize = 255;

    fn check(text: &str) -> Result<(), ReasonError> {
        if text.contains('\0') {
            return Err(ReasonError::Nul);
        }
        if text.chars().nth(Self::MAX_CHARS).is_some() {
            return Err(ReasonError::TooLong);
        }
        Ok(())
    }
}

text_value!(Reason, ReasonError);

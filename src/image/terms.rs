//! The words of the Image API that stand for a choice of few: visibility, status, member status.

use serde::{Deserialize, Serialize};
use strum::{AsRefStr, Display, EnumString};

/// Who besides the owner can see an image.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, AsRefStr, Display, EnumString,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Visibility {
    /// Every project sees it and lists it.
    Public,
    /// Every project sees it, but lists it only when it asks for community images.
    Community,
    /// The owner and the members see it.
    Shared,
    /// Only the owner sees it.
    Private,
}

/// Where an image is in its life.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, AsRefStr, Display, EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Status {
    /// Made, without data.
    Queued,
    /// Data is being written to the backend.
    Saving,
    /// Data is being written to the staging area.
    Uploading,
    /// Data is being imported.
    Importing,
    /// Ready for use.
    Active,
    /// Not to be used for now.
    Deactivated,
    /// The upload failed.
    Killed,
    /// Deleted, its data still to be removed.
    PendingDelete,
}

/// What a project said to an image that was shared with it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, AsRefStr, Display, EnumString,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum MemberStatus {
    /// Nothing yet.
    Pending,
    /// It wants the image in its lists.
    Accepted,
    /// It does not want the image in its lists, but still sees it.
    Rejected,
}

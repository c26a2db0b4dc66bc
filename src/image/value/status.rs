//! Statuses: of an image in its life cycle, of a project's membership in an image, and of the task
//! of an import.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

use super::text::word_value;

/// The state of an image in its life cycle.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(
    serialize_all = "snake_case",
    parse_err_ty = StatusError,
    parse_err_fn = StatusError::new
)]
pub enum Status {
    /// Created, without data.
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

/// A text that is not the status of an image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the status of an image")]
pub struct StatusError(String);

word_value!(Status, StatusError);

/// A project's answer to an image that was shared with it.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(
    serialize_all = "lowercase",
    parse_err_ty = MemberStatusError,
    parse_err_fn = MemberStatusError::new
)]
pub enum MemberStatus {
    /// Not answered yet.
    Pending,
    /// The project wants the image in its lists.
    Accepted,
    /// The project does not want the image in its lists, but still sees it.
    Rejected,
}

/// A text that is not the status of a member.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not one of pending, accepted and rejected")]
pub struct MemberStatusError(String);

word_value!(MemberStatus, MemberStatusError);

/// How the task of an import stands. Glance's `pending` does not exist here: an import begins with
/// its request.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(
    serialize_all = "lowercase",
    parse_err_ty = TaskStatusError,
    parse_err_fn = TaskStatusError::new
)]
pub enum TaskStatus {
    /// The data is on its way.
    Processing,
    /// The image has the data.
    #[serde(rename = "success")]
    #[strum(serialize = "success")]
    Succeeded,
    /// The image does not have the data.
    #[serde(rename = "failure")]
    #[strum(serialize = "failure")]
    Failed,
}

/// A text that is not the status of a task.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not one of processing, success and failure")]
pub struct TaskStatusError(String);

word_value!(TaskStatus, TaskStatusError);

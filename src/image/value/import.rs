//! Words of imports: by which method one brings its data, and how its task stands.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr};

use super::text::word_value;

/// How an import brings the data of an image (Glance, "Interoperable image import").
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, IntoStaticStr,
)]
#[serde(rename_all = "kebab-case")]
#[strum(
    serialize_all = "kebab-case",
    parse_err_ty = ImportMethodError,
    parse_err_fn = ImportMethodError::new
)]
pub enum ImportMethod {
    /// The client has staged the data.
    GlanceDirect,
    /// The service downloads the data from a URL.
    WebDownload,
}

/// A text that is not a method of import.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not one of glance-direct and web-download")]
pub struct ImportMethodError(String);

word_value!(ImportMethod, ImportMethodError);

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
    Success,
    /// The image does not have the data.
    Failure,
}

/// A text that is not the status of a task.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not one of processing, success and failure")]
pub struct TaskStatusError(String);

word_value!(TaskStatus, TaskStatusError);

//! The task of an import.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::identity::ProjectId;
use crate::image::value::{ImportMethod, TaskStatus, UploadId};

/// How long a task is shown after its end: 48 hours, the default of Glance's `task_time_to_live`.
const LIFETIME: SignedDuration = SignedDuration::from_hours(48);

/// The last import of an image. It is a part of the image, so that the two change together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportTask {
    /// The id of the task. It is that of the upload that has the data.
    pub id: UploadId,
    /// How the data comes.
    pub method: ImportMethod,
    /// Where `web-download` gets the data: the URL without its query, which may be a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// How the import stands.
    pub status: TaskStatus,
    /// Why it failed, or how it went; for the client.
    pub message: String,
    /// The project that asked for the import.
    pub owner: Option<ProjectId>,
    /// The id of the user who did, cut to 255 characters.
    pub user: String,
    /// The id of the request.
    pub request_id: String,
    /// When the import began.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl ImportTask {
    /// Ends the import, unless it has ended.
    pub(in crate::image) fn end(&mut self, status: TaskStatus, message: &str, now: Timestamp) {
        if self.status == TaskStatus::Processing {
            self.status = status;
            message.clone_into(&mut self.message);
            self.updated_at = now;
        }
    }

    /// When the task ceases to be shown; `None` while the import goes on.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        let has_ended = self.status != TaskStatus::Processing;
        let end = self.updated_at.checked_add(LIFETIME);
        // A time past the calendar is never reached.
        has_ended.then(|| end.unwrap_or(Timestamp::MAX))
    }
}

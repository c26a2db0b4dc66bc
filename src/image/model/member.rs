//! Memberships: projects that an image is shared with.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::image::value::MemberStatus;

/// A project's membership in an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// What the project answered.
    pub status: MemberStatus,
    pub(in crate::image) created_at: Timestamp,
    pub(in crate::image) updated_at: Timestamp,
}

impl Member {
    /// A membership that began, and was last changed, at `time`.
    #[must_use]
    pub fn new(status: MemberStatus, time: Timestamp) -> Self {
        Self::restored(status, time, time)
    }

    /// A membership as a store has kept it.
    #[must_use]
    pub(crate) fn restored(
        status: MemberStatus,
        created_at: Timestamp,
        updated_at: Timestamp,
    ) -> Self {
        Self {
            status,
            created_at,
            updated_at,
        }
    }

    /// When the image was shared with the project.
    #[must_use]
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// When the status was last changed.
    #[must_use]
    pub fn updated_at(&self) -> Timestamp {
        self.updated_at
    }
}

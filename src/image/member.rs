//! The projects that an image is shared with.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Image, MemberStatus, Quota, Refusal, Visibility};
use crate::identity::ProjectId;

/// A project's membership in an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// What the project said to the image.
    pub status: MemberStatus,
    pub(super) created_at: Timestamp,
    pub(super) updated_at: Timestamp,
}

impl Member {
    /// A membership that began, and was last changed, at `time`.
    #[must_use]
    pub fn new(status: MemberStatus, time: Timestamp) -> Self {
        Self {
            status,
            created_at: time,
            updated_at: time,
        }
    }

    /// A membership as it was kept, for stores.
    #[must_use]
    pub(crate) fn of_times(
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

impl Image {
    /// Shares the image with `project`, which has still to accept it. The store sets the times.
    pub fn add_member(&mut self, project: &ProjectId, quota: Quota) -> Result<(), Refusal> {
        if self.members.contains_key(project) {
            return Err(Refusal::MemberExists);
        }
        quota.allow_members(self.members.len() + 1)?;
        self.members.insert(
            project.clone(),
            Member::new(MemberStatus::Pending, Timestamp::UNIX_EPOCH),
        );
        Ok(())
    }

    /// The membership of `project`.
    pub fn member(&self, project: &ProjectId) -> Result<&Member, Refusal> {
        self.members.get(project).ok_or(Refusal::NoSuchMember)
    }

    /// Sets what `project` says to the image.
    pub fn set_member_status(
        &mut self,
        project: &ProjectId,
        status: MemberStatus,
    ) -> Result<(), Refusal> {
        self.members
            .get_mut(project)
            .ok_or(Refusal::NoSuchMember)?
            .status = status;
        Ok(())
    }

    /// Shares the image with `project` no more.
    pub fn remove_member(&mut self, project: &ProjectId) -> Result<(), Refusal> {
        self.members
            .remove(project)
            .map(|_| ())
            .ok_or(Refusal::NoSuchMember)
    }

    /// Whether the image has members at all.
    pub fn must_be_shared(&self) -> Result<(), Refusal> {
        if self.visibility == Visibility::Shared {
            Ok(())
        } else {
            Err(Refusal::NotShared)
        }
    }

    /// Sets the times of the members that are new or changed since `before`.
    pub(super) fn stamp_members(&mut self, before: &Self, now: Timestamp) {
        for (project, member) in &mut self.members {
            match before.members.get(project) {
                Some(old) if old.status == member.status => *member = old.clone(),
                Some(old) => (member.created_at, member.updated_at) = (old.created_at, now),
                None => (member.created_at, member.updated_at) = (now, now),
            }
        }
    }
}

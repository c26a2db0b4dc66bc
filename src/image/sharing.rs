//! Sharing an image with projects, its members.

use jiff::Timestamp;

use crate::identity::ProjectId;
use crate::image::model::{Image, Member};
use crate::image::quota::Quota;
use crate::image::refusal::Refusal;
use crate::image::value::{MemberStatus, Visibility};

impl Image {
    /// Shares the image with `project`, whose answer is pending. The store sets the times.
    pub fn add_member(&mut self, project: &ProjectId, quota: Quota) -> Result<(), Refusal> {
        if self.members.contains_key(project) {
            return Err(Refusal::MemberExists);
        }
        quota.check_members(self.members.len() + 1)?;
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

    /// Sets the answer of `project`.
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

    /// Stops sharing the image with `project`.
    pub fn remove_member(&mut self, project: &ProjectId) -> Result<(), Refusal> {
        self.members
            .remove(project)
            .map(|_| ())
            .ok_or(Refusal::NoSuchMember)
    }

    /// Whether the image has members at all: only shared images do.
    pub fn check_shared(&self) -> Result<(), Refusal> {
        if self.visibility == Visibility::Shared {
            Ok(())
        } else {
            Err(Refusal::NotShared)
        }
    }
}

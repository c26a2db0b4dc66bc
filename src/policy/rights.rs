//! What one caller may do to images.
//!
//! A caller who cannot see an image learns nothing about it: [`Refusal::NotVisible`] comes before
//! every other refusal.

use std::sync::Arc;

use super::language::{Facts, Target};
use super::rule::Rule;
use super::rules::Policy;
use crate::identity::{Identity, ProjectId};
use crate::image::{Edit, Image, Refusal, Status, Viewer, Visibility};

/// What one caller may do, by the policy that was in force when the request came.
///
/// Some things hold whatever a policy file says: which images a project sees at all, and that only
/// admins and the owner's project create, change and delete an image.
#[derive(Clone, Debug)]
pub struct Rights {
    identity: Arc<Identity>,
    policy: Policy,
    is_admin: bool,
    viewer: Viewer,
}

impl Rights {
    /// The rights of `identity` by `policy`. A token without a project has none: every rule of
    /// Glance is for projects.
    #[must_use]
    pub fn new(identity: Arc<Identity>, policy: Policy) -> Self {
        let facts = Facts {
            identity: &identity,
            target: Target::Nothing,
        };
        let has = |rule| identity.project.is_some() && policy.allows(rule, &facts);
        let is_admin = has(Rule::ContextIsAdmin);
        let viewer = match identity.project.clone() {
            // The store shows everything to admins, which the rule then has to allow.
            Some(project) if is_admin && policy.allows_any_image(&facts) => Viewer::Admin(project),
            Some(project) if has(Rule::GetImage) => Viewer::Project(project),
            _ => Viewer::Nobody,
        };
        Self {
            identity,
            policy,
            is_admin,
            viewer,
        }
    }

    /// Who the caller is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Whether the caller is an admin (`context_is_admin`). A role always belongs to a project, so
    /// a token without one is no admin's.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.is_admin
    }

    /// The view of the images that the caller has (`get_image`).
    #[must_use]
    pub fn viewer(&self) -> Viewer {
        self.viewer.clone()
    }

    /// Whether the caller may know that `image` exists (`get_image`).
    pub fn may_get(&self, image: &Image) -> Result<(), Refusal> {
        if self.viewer.sees(image) {
            Ok(())
        } else {
            Err(Refusal::NotVisible)
        }
    }

    /// Whether the caller may list images at all (`get_images`).
    pub fn may_list(&self) -> Result<(), Refusal> {
        self.ask(Rule::GetImages, Target::Project)
    }

    /// Whether the caller may change `image` at all (`modify_image`). By the defaults, admins and
    /// the members of the owning project may; readers, and the projects that the image is shared
    /// with, may only read.
    pub fn may_modify(&self, image: &Image) -> Result<(), Refusal> {
        self.may_modify_by(image, Rule::ModifyImage)
    }

    /// The same by another rule for a change of an image.
    pub fn may_modify_by(&self, image: &Image, rule: Rule) -> Result<(), Refusal> {
        self.may(image, rule)?;
        if self.is_admin || self.viewer.owns(image) {
            Ok(())
        } else {
            Err(forbidden(rule))
        }
    }

    /// Whether the caller may apply `edit` to `image`. Only an admin may change the owner or, by
    /// the defaults, make an image public.
    pub fn may_edit(&self, image: &Image, edit: &Edit) -> Result<(), Refusal> {
        self.may_get(image)?;
        match edit {
            Edit::Owner(_) if !self.is_admin => return Err(Refusal::OwnerIsForAdmins),
            Edit::Visibility(visibility) => {
                self.may_set_visibility(*visibility, Target::Image(image))?;
            }
            _ => {}
        }
        self.may_modify(image)
    }

    /// Whether the caller may give this visibility to an image, its own or a new one
    /// (`publicize_image`, `communitize_image`).
    fn may_set_visibility(
        &self,
        visibility: Visibility,
        target: Target<'_>,
    ) -> Result<(), Refusal> {
        match visibility {
            Visibility::Public => self.ask(Rule::PublicizeImage, target),
            Visibility::Community => self.ask(Rule::CommunitizeImage, target),
            Visibility::Shared | Visibility::Private => Ok(()),
        }
    }

    /// Whether the caller may create `image` (`add_image`). By the defaults a member may for its
    /// own project, an admin for any.
    pub fn may_add(&self, image: &Image) -> Result<(), Refusal> {
        let target = Target::Proposed(image);
        let is_own = image.owner == self.identity.project;
        match self.ask(Rule::AddImage, target) {
            Err(refusal) if is_own => return Err(refusal),
            Ok(()) if is_own || self.is_admin => {}
            _ => return Err(Refusal::CreatedForAnother(image.owner.clone())),
        }
        self.may_set_visibility(image.visibility, target)
    }

    /// Whether the caller may delete `image` (`delete_image`). Nobody may delete a protected image.
    pub fn may_delete(&self, image: &Image) -> Result<(), Refusal> {
        self.may_modify_by(image, Rule::DeleteImage)?;
        if image.protected {
            Err(Refusal::Protected(image.id()))
        } else {
            Ok(())
        }
    }

    /// Whether the caller may list the members of `image` (`get_members`).
    pub fn may_list_members(&self, image: &Image) -> Result<(), Refusal> {
        self.may(image, Rule::GetMembers)
    }

    /// Whether the caller may read the membership of `project` in `image` (`get_member`). The owner
    /// and admins may read every membership, a member its own.
    pub fn may_get_member(&self, image: &Image, project: &ProjectId) -> Result<(), Refusal> {
        self.may(image, Rule::GetMember)?;
        let sees_all = self.is_admin || self.viewer.owns(image);
        let is_own = self.identity.project.as_ref() == Some(project);
        if (sees_all || is_own) && image.members.contains_key(project) {
            Ok(())
        } else {
            Err(Refusal::NoSuchMember)
        }
    }

    /// Whether the caller may share `image`, or end that, by the rule `add_member` or
    /// `delete_member`. The rule alone decides, as in Glance.
    pub fn may_share(&self, image: &Image, rule: Rule) -> Result<(), Refusal> {
        self.may(image, rule)
    }

    /// Whether the caller may set the status of the member `project` of `image` (`modify_member`).
    /// By the defaults, admins and the members of that project may. The owner may not, even when
    /// the owner's project is also a member.
    pub fn may_modify_member(&self, image: &Image, project: &ProjectId) -> Result<(), Refusal> {
        self.ask(Rule::ModifyMember, Target::Image(image))?;
        let is_own = self.identity.project.as_ref() == Some(project);
        if self.is_admin || is_own && image.owner.as_ref() != Some(project) {
            Ok(())
        } else {
            Err(forbidden(Rule::ModifyMember))
        }
    }

    /// Whether the caller may read the data of `image` (`download_image`). By the defaults, every
    /// caller that sees the image may, except readers. For all but admins, the refusal of a
    /// deactivated image comes first.
    pub fn may_download(&self, image: &Image) -> Result<(), Refusal> {
        self.may_get(image)?;
        if image.status == Status::Deactivated && !self.is_admin {
            return Err(Refusal::Deactivated);
        }
        self.ask(Rule::DownloadImage, Target::Image(image))
    }

    /// Whether the caller may use the tasks of all images (`tasks_api_access`). By the defaults,
    /// admins may.
    pub fn may_use_tasks(&self) -> Result<(), Refusal> {
        self.ask(Rule::TasksApiAccess, Target::Nothing)
    }

    /// Whether the caller sees `image`, and `rule` allows it.
    fn may(&self, image: &Image, rule: Rule) -> Result<(), Refusal> {
        self.may_get(image)?;
        self.ask(rule, Target::Image(image))
    }

    fn ask(&self, rule: Rule, target: Target<'_>) -> Result<(), Refusal> {
        let facts = Facts {
            identity: &self.identity,
            target,
        };
        if self.identity.project.is_some() && self.policy.allows(rule, &facts) {
            Ok(())
        } else {
            Err(forbidden(rule))
        }
    }
}

fn forbidden(rule: Rule) -> Refusal {
    Refusal::Forbidden {
        policy: rule.name(),
    }
}

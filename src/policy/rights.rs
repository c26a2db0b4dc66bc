//! What one caller may do to images.
//!
//! A caller who cannot see an image learns nothing about it: [`Refusal::NotVisible`] comes before
//! every other refusal.

use std::sync::Arc;

use super::facts::{Facts, Target};
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::identity::Role;
    use crate::image::{ImageId, Member, MemberStatus};

    const HIDDEN: Result<(), Refusal> = Err(Refusal::NotVisible);
    const FORBIDDEN: Result<(), Refusal> = Err(Refusal::Forbidden {
        policy: "modify_image",
    });

    fn rights(project: Option<&str>, role: Option<Role>) -> Rights {
        let project = project.map(|project| project.parse().unwrap());
        let identity = Identity::new("user", project, role.map(Role::name));
        Rights::new(Arc::new(identity), Policy::default())
    }

    /// What a project that does not own an image may do, by the image's visibility and the
    /// project's membership.
    #[test]
    fn a_project_that_does_not_own_an_image_may_at_most_read_it() {
        for (visibility, membership, changed_by_member) in [
            (Visibility::Public, None, FORBIDDEN),
            (Visibility::Community, None, FORBIDDEN),
            (Visibility::Private, None, HIDDEN),
            (Visibility::Private, Some(MemberStatus::Accepted), HIDDEN),
            (Visibility::Shared, None, HIDDEN),
            (Visibility::Shared, Some(MemberStatus::Pending), FORBIDDEN),
            (Visibility::Shared, Some(MemberStatus::Accepted), FORBIDDEN),
            (Visibility::Shared, Some(MemberStatus::Rejected), FORBIDDEN),
        ] {
            let mut image = Image::new(ImageId::random(), Timestamp::UNIX_EPOCH);
            image.owner = Some("owner".parse().unwrap());
            image.visibility = visibility;
            image.members = membership
                .map(|status| {
                    (
                        "other".parse().unwrap(),
                        Member::new(status, image.created_at()),
                    )
                })
                .into_iter()
                .collect();
            for (project, role, expected) in [
                (Some("owner"), Some(Role::Admin), Ok(())),
                (Some("owner"), Some(Role::Member), Ok(())),
                (Some("owner"), Some(Role::Reader), FORBIDDEN),
                (Some("owner"), None, HIDDEN),
                (Some("other"), Some(Role::Admin), Ok(())),
                (Some("other"), Some(Role::Member), changed_by_member.clone()),
                (Some("other"), Some(Role::Reader), changed_by_member.clone()),
                (Some("other"), None, HIDDEN),
                (None, Some(Role::Admin), HIDDEN),
                (None, Some(Role::Member), HIDDEN),
                (None, None, HIDDEN),
            ] {
                let rights = rights(project, role);
                let case = format!("{visibility} {membership:?} {project:?} {role:?}");
                assert_eq!(rights.may_modify(&image), expected, "{case}");
                assert_eq!(rights.may_get(&image).is_ok(), expected != HIDDEN, "{case}");
            }
        }
    }

    #[test]
    fn an_image_without_an_owner_can_be_changed_by_admins_only() {
        let mut image = Image::new(ImageId::random(), Timestamp::UNIX_EPOCH);
        image.visibility = Visibility::Public;
        assert_eq!(
            rights(Some("any"), Some(Role::Member)).may_modify(&image),
            FORBIDDEN
        );
        assert_eq!(rights(None, Some(Role::Member)).may_modify(&image), HIDDEN);
        assert_eq!(
            rights(Some("any"), Some(Role::Admin)).may_modify(&image),
            Ok(())
        );
    }

    fn by(policy: &str, roles: &[&str]) -> Rights {
        let identity = Identity::new(
            "user",
            Some("other".parse().unwrap()),
            roles.iter().copied(),
        );
        Rights::new(Arc::new(identity), Policy::from_yaml(policy).unwrap())
    }

    fn private() -> Image {
        let mut image = Image::new(ImageId::random(), Timestamp::UNIX_EPOCH);
        image.owner = Some("owner".parse().unwrap());
        image.visibility = Visibility::Private;
        image
    }

    /// Glance's database shows everything to admins, and `get_image` is asked for each of it.
    #[test]
    fn an_admin_sees_foreign_images_only_if_get_image_allows_it_without_the_database() {
        let visible = "(project_id:%(owner)s or project_id:%(member_id)s or \
                       'community':%(visibility)s or 'public':%(visibility)s or \
                       'shared':%(visibility)s)";
        let image = private();
        for (get_image, may_get) in [
            (String::new(), true),
            ("role:reader".to_owned(), true),
            (format!("rule:context_is_admin or {visible}"), true),
            (format!("role:reader and ({visible} or role:admin)"), true),
            (format!("role:reader and {visible}"), false),
            ("not role:reader".to_owned(), false),
        ] {
            let rights = by(&format!("get_image: \"{get_image}\""), &["admin"]);
            assert_eq!(rights.may_get(&image).is_ok(), may_get, "{get_image}");
            assert!(rights.is_admin());
            let rights = by(&format!("get_image: \"{get_image}\""), &["member"]);
            assert!(rights.may_get(&image).is_err(), "{get_image}");
        }
    }

    #[test]
    fn whatever_a_rule_allows_nobody_but_an_admin_creates_or_changes_an_image_of_another_project() {
        let everything = "add_image: '@'\nmodify_image: '@'\ndelete_image: '@'\nget_image: '@'";
        let mut image = private();
        image.visibility = Visibility::Public;
        let member = by(everything, &["member"]);
        assert!(member.may_get(&image).is_ok());
        assert!(member.may_modify(&image).is_err());
        assert!(member.may_delete(&image).is_err());
        image.visibility = Visibility::Private;
        let owner = image.owner.clone();
        assert_eq!(
            member.may_add(&image),
            Err(Refusal::CreatedForAnother(owner))
        );
        assert!(by(everything, &["admin"]).may_add(&image).is_ok());
    }

    #[test]
    fn a_role_that_a_token_may_have_lost_is_not_taken_to_be_absent() {
        let policy = "get_image: not role:suspended";
        assert_ne!(by(policy, &["member"]).viewer(), Viewer::Nobody);
        assert_eq!(
            by(policy, &["member", "suspended"]).viewer(),
            Viewer::Nobody
        );
        let long = ["a", "b", "c", "d", "e"].map(|name| name.repeat(250));
        let mut roles: Vec<_> = long.iter().map(String::as_str).collect();
        roles.push("suspended");
        assert_eq!(by(policy, &roles).viewer(), Viewer::Nobody);
    }

    #[test]
    fn the_target_of_a_list_has_a_project_and_no_owner_as_in_glance() {
        for (check, may_list) in [
            ("project_id:%(project_id)s", true),
            ("project_id:%(owner)s", false),
        ] {
            let rights = by(&format!("get_images: \"{check}\""), &["reader"]);
            assert_eq!(rights.may_list().is_ok(), may_list, "{check}");
        }
    }
}

//! Glance's default policies: who may see and change an image.
//!
//! Each function is named after the rule of Glance that it stands for. A caller who cannot see an
//! image learns nothing about it: [`Refusal::NotVisible`] comes before every other refusal.

use crate::identity::{Identity, ProjectId, Role};
use crate::image::{Edit, Image, Refusal, Status, Viewer, Visibility};

/// Glance's rule for every change of an image, its tags included.
const MODIFY_IMAGE: &str = "modify_image";

/// The view of the images that `identity` has. A token without a project, or without a role that
/// the policy knows, sees nothing.
#[must_use]
pub fn viewer(identity: &Identity) -> Viewer {
    match (&identity.project, identity.role) {
        (None, _) | (_, None) => Viewer::Nobody,
        (Some(project), Some(Role::Admin)) => Viewer::Admin(project.clone()),
        (Some(project), Some(Role::Member | Role::Reader)) => Viewer::Project(project.clone()),
    }
}

/// Whether `identity` may know that `image` exists (`get_image`).
pub fn may_get(identity: &Identity, image: &Image) -> Result<(), Refusal> {
    if viewer(identity).sees(image) {
        Ok(())
    } else {
        Err(Refusal::NotVisible)
    }
}

/// Whether `identity` may list images at all (`get_images`).
pub fn may_list(identity: &Identity) -> Result<(), Refusal> {
    match viewer(identity) {
        Viewer::Nobody => Err(Refusal::Forbidden {
            policy: "get_images",
        }),
        Viewer::Project(_) | Viewer::Admin(_) => Ok(()),
    }
}

/// Whether `identity` may change `image` at all (`modify_image`). Admins and the members of the
/// owning project may; readers, and the projects that the image is shared with, may only read.
pub fn may_modify(identity: &Identity, image: &Image) -> Result<(), Refusal> {
    may_modify_by(identity, image, MODIFY_IMAGE)
}

/// The same for another rule of Glance with the same meaning: `delete_image`, `upload_image`,
/// `deactivate`, `reactivate`, `communitize_image`, `add_member` or `delete_member`.
pub fn may_modify_by(
    identity: &Identity,
    image: &Image,
    policy: &'static str,
) -> Result<(), Refusal> {
    may_get(identity, image)?;
    let owns = viewer(identity).owns(image);
    match identity.role {
        Some(Role::Admin) => Ok(()),
        Some(Role::Member) if owns => Ok(()),
        _ => Err(Refusal::Forbidden { policy }),
    }
}

/// Whether `identity` may apply `edit` to `image`. Only an admin may change the owner or make an
/// image public.
pub fn may_edit(identity: &Identity, image: &Image, edit: &Edit) -> Result<(), Refusal> {
    may_get(identity, image)?;
    match edit {
        Edit::Owner(_) if !is_admin(identity) => return Err(Refusal::OwnerIsForAdmins),
        Edit::Visibility(visibility) => may_set_visibility(identity, image, *visibility)?,
        _ => {}
    }
    may_modify(identity, image)
}

/// Whether `identity` may give this visibility to `image`, its own or a new one (`publicize_image`,
/// `communitize_image`).
fn may_set_visibility(
    identity: &Identity,
    image: &Image,
    visibility: Visibility,
) -> Result<(), Refusal> {
    match visibility {
        Visibility::Public if !is_admin(identity) => Err(Refusal::Forbidden {
            policy: "publicize_image",
        }),
        Visibility::Community => may_modify_by(identity, image, "communitize_image"),
        _ => Ok(()),
    }
}

/// Whether `identity` may create `image` (`add_image`). A member may for its own project, an admin
/// for any.
pub fn may_add(identity: &Identity, image: &Image) -> Result<(), Refusal> {
    let is_for_another = image.owner != identity.project;
    match (identity.role, &identity.project) {
        (Some(Role::Admin), Some(_)) => {}
        (Some(Role::Member), Some(_)) if !is_for_another => {}
        _ if is_for_another => {
            return Err(Refusal::CreatedForAnother(image.owner.clone()));
        }
        _ => {
            return Err(Refusal::Forbidden {
                policy: "add_image",
            });
        }
    }
    may_set_visibility(identity, image, image.visibility)
}

/// Whether `identity` may delete `image` (`delete_image`). Nobody may delete a protected image.
pub fn may_delete(identity: &Identity, image: &Image) -> Result<(), Refusal> {
    may_modify_by(identity, image, "delete_image")?;
    if image.protected {
        Err(Refusal::Protected(image.id()))
    } else {
        Ok(())
    }
}

/// Whether `identity` may read the membership of `project` in `image` (`get_member`). The owner and
/// admins may read every membership, a member its own.
pub fn may_get_member(
    identity: &Identity,
    image: &Image,
    project: &ProjectId,
) -> Result<(), Refusal> {
    may_get(identity, image)?;
    let sees_all = is_admin(identity) || viewer(identity).owns(image);
    if (sees_all || identity.project.as_ref() == Some(project))
        && image.members.contains_key(project)
    {
        Ok(())
    } else {
        Err(Refusal::NoSuchMember)
    }
}

/// Whether `identity` may set the status of the member `project` of `image` (`modify_member`).
/// Admins and the members of that project may. The owner may not, even when the owner's project is
/// also a member.
pub fn may_modify_member(
    identity: &Identity,
    image: &Image,
    project: &ProjectId,
) -> Result<(), Refusal> {
    match identity.role {
        Some(Role::Admin) => Ok(()),
        Some(Role::Member)
            if identity.project.as_ref() == Some(project)
                && image.owner.as_ref() != Some(project) =>
        {
            Ok(())
        }
        _ => Err(Refusal::Forbidden {
            policy: "modify_member",
        }),
    }
}

/// Whether `identity` may read the data of `image` (`download_image`). Every caller that sees the
/// image may, except readers. For all but admins, the refusal of a deactivated image comes first.
pub fn may_download(identity: &Identity, image: &Image) -> Result<(), Refusal> {
    may_get(identity, image)?;
    match identity.role {
        Some(Role::Admin) => Ok(()),
        _ if image.status == Status::Deactivated => Err(Refusal::Deactivated),
        Some(Role::Member) => Ok(()),
        _ => Err(Refusal::Forbidden {
            policy: "download_image",
        }),
    }
}

/// Whether `identity` is an admin. A role always belongs to a project, so a token without one is no
/// admin's.
#[must_use]
pub fn is_admin(identity: &Identity) -> bool {
    identity.role == Some(Role::Admin) && identity.project.is_some()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::identity::RoleNames;
    use crate::image::{ImageId, Member, MemberStatus};

    const HIDDEN: Result<(), Refusal> = Err(Refusal::NotVisible);
    const FORBIDDEN: Result<(), Refusal> = Err(Refusal::Forbidden {
        policy: MODIFY_IMAGE,
    });

    fn identity(project: Option<&str>, role: Option<Role>) -> Identity {
        Identity {
            user: "user".to_owned(),
            project: project.map(|project| project.parse().unwrap()),
            role,
            roles: RoleNames::default(),
        }
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
                let identity = identity(project, role);
                let case = format!("{visibility} {membership:?} {project:?} {role:?}");
                assert_eq!(may_modify(&identity, &image), expected, "{case}");
                assert_eq!(
                    may_get(&identity, &image).is_ok(),
                    expected != HIDDEN,
                    "{case}"
                );
            }
        }
    }

    #[test]
    fn an_image_without_an_owner_can_be_changed_by_admins_only() {
        let mut image = Image::new(ImageId::random(), Timestamp::UNIX_EPOCH);
        image.visibility = Visibility::Public;
        assert_eq!(
            may_modify(&identity(Some("any"), Some(Role::Member)), &image),
            FORBIDDEN
        );
        assert_eq!(
            may_modify(&identity(None, Some(Role::Member)), &image),
            HIDDEN
        );
        assert_eq!(
            may_modify(&identity(Some("any"), Some(Role::Admin)), &image),
            Ok(())
        );
    }
}

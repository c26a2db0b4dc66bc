//! Who may do what: Glance's default policies as pure functions of an identity and an image.
//!
//! Whoever may not see an image is told that it does not exist; that answer comes before every other.

use crate::identity::{Identity, ProjectId, Role};
use crate::image::{Edit, Image, Refusal, Status, Viewer, Visibility};

/// Glance's name for the rule that guards every change of an image, its tags included.
const MODIFY_IMAGE: &str = "modify_image";

/// Through whose eyes `identity` looks at images. A token without a project, or without a role that counts, sees
/// nothing.
#[must_use]
pub fn viewer(identity: &Identity) -> Viewer {
    match (&identity.project, identity.role) {
        (None, _) | (_, None) => Viewer::Nobody,
        (Some(project), Some(Role::Admin)) => Viewer::Admin(project.clone()),
        (Some(project), Some(Role::Member | Role::Reader)) => Viewer::Project(project.clone()),
    }
}

/// May `identity` know that `image` exists?
pub fn may_see(identity: &Identity, image: &Image) -> Result<(), Refusal> {
    if viewer(identity).sees(image) {
        Ok(())
    } else {
        Err(Refusal::NotVisible)
    }
}

/// May `identity` have lists of images at all?
pub fn may_list(identity: &Identity) -> Result<(), Refusal> {
    match viewer(identity) {
        Viewer::Nobody => Err(Refusal::Forbidden {
            policy: "get_images",
        }),
        Viewer::Project(_) | Viewer::Admin(_) => Ok(()),
    }
}

/// May `identity` change `image` in any way? An admin may, and so may the members of the project that owns it; readers,
/// and projects that the image is shared with, may only look.
pub fn may_change(identity: &Identity, image: &Image) -> Result<(), Refusal> {
    may_change_by(identity, image, MODIFY_IMAGE)
}

/// The same for what Glance guards by another rule of the same meaning: `delete_image`, `upload_image`, `deactivate`,
/// `reactivate`, `communitize_image`, `add_member`, `delete_member`.
pub fn may_change_by(
    identity: &Identity,
    image: &Image,
    policy: &'static str,
) -> Result<(), Refusal> {
    may_see(identity, image)?;
    let owns = viewer(identity).owns(image);
    match identity.role {
        Some(Role::Admin) => Ok(()),
        Some(Role::Member) if owns => Ok(()),
        _ => Err(Refusal::Forbidden { policy }),
    }
}

/// May `identity` make this one change to `image`? Only an admin gives an image away or makes it public.
pub fn may_edit(identity: &Identity, image: &Image, edit: &Edit) -> Result<(), Refusal> {
    may_see(identity, image)?;
    match edit {
        Edit::Owner(_) if !is_admin(identity) => return Err(Refusal::OwnerIsForAdmins),
        Edit::Visibility(visibility) => may_show(identity, image, *visibility)?,
        _ => {}
    }
    may_change(identity, image)
}

/// May `identity` give `image`, its own or to be its own, this visibility?
fn may_show(identity: &Identity, image: &Image, visibility: Visibility) -> Result<(), Refusal> {
    match visibility {
        Visibility::Public if !is_admin(identity) => Err(Refusal::Forbidden {
            policy: "publicize_image",
        }),
        Visibility::Community => may_change_by(identity, image, "communitize_image"),
        _ => Ok(()),
    }
}

/// May `identity` create `image`? A member may for its own project, an admin for any.
pub fn may_create(identity: &Identity, image: &Image) -> Result<(), Refusal> {
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
    may_show(identity, image, image.visibility)
}

/// May `identity` delete `image`?
pub fn may_delete(identity: &Identity, image: &Image) -> Result<(), Refusal> {
    may_change_by(identity, image, "delete_image")?;
    if image.protected {
        Err(Refusal::Protected(image.id()))
    } else {
        Ok(())
    }
}

/// May `identity` know of the membership of `project` in `image`? The owner may know of all, a member of its own.
pub fn may_see_member(
    identity: &Identity,
    image: &Image,
    project: &ProjectId,
) -> Result<(), Refusal> {
    may_see(identity, image)?;
    let knows_all = is_admin(identity) || viewer(identity).owns(image);
    if (knows_all || identity.project.as_ref() == Some(project))
        && image.members.contains_key(project)
    {
        Ok(())
    } else {
        Err(Refusal::NoSuchMember)
    }
}

/// May `identity` answer to `image` for its member `project`? That is for the members of the project, and for admins;
/// not for the owner of the image, though it be its own member.
pub fn may_answer(identity: &Identity, image: &Image, project: &ProjectId) -> Result<(), Refusal> {
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

/// May `identity` have the data of `image`? Whoever sees it may, but for readers, and while it is not deactivated, which
/// comes first.
pub fn may_download(identity: &Identity, image: &Image) -> Result<(), Refusal> {
    may_see(identity, image)?;
    match identity.role {
        Some(Role::Admin) => Ok(()),
        _ if image.status == Status::Deactivated => Err(Refusal::Deactivated),
        Some(Role::Member) => Ok(()),
        _ => Err(Refusal::Forbidden {
            policy: "download_image",
        }),
    }
}

/// Whether `identity` is an admin: one by a project, for a role is always one in a project.
#[must_use]
pub fn is_admin(identity: &Identity) -> bool {
    identity.role == Some(Role::Admin) && identity.project.is_some()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
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
        }
    }

    /// What somebody else than the owner may do to an image, by its visibility and the membership in it.
    #[test]
    fn whoever_does_not_own_an_image_at_most_looks_at_it() {
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
                assert_eq!(may_change(&identity, &image), expected, "{case}");
                assert_eq!(
                    may_see(&identity, &image).is_ok(),
                    expected != HIDDEN,
                    "{case}"
                );
            }
        }
    }

    #[test]
    fn an_image_without_owner_belongs_to_nobody() {
        let mut image = Image::new(ImageId::random(), Timestamp::UNIX_EPOCH);
        image.visibility = Visibility::Public;
        assert_eq!(
            may_change(&identity(Some("any"), Some(Role::Member)), &image),
            FORBIDDEN
        );
        assert_eq!(
            may_change(&identity(None, Some(Role::Member)), &image),
            HIDDEN
        );
        assert_eq!(
            may_change(&identity(Some("any"), Some(Role::Admin)), &image),
            Ok(())
        );
    }
}

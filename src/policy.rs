//! Who may do what: Glance's default policies as pure functions of an identity and an image.
//!
//! Whoever may not see an image is told that it does not exist; that answer comes before every other.

use crate::identity::{Identity, Role};
use crate::image::{Image, Refusal, Viewer};

/// Glance's name for the rule that guards every change of an image, its tags included.
pub const MODIFY_IMAGE: &str = "modify_image";

/// Through whose eyes `identity` looks at images. A token without a project, or without a role that counts, sees
/// nothing.
#[must_use]
pub fn viewer(identity: &Identity) -> Viewer {
    match (&identity.project, identity.role) {
        (None, _) | (_, None) => Viewer::Nobody,
        (Some(_), Some(Role::Admin)) => Viewer::Everything,
        (Some(project), Some(Role::Member | Role::Reader)) => Viewer::Project(project.clone()),
    }
}

/// May `identity` know that `image` exists?
pub fn may_see(identity: &Identity, image: &Image) -> Result<(), Refusal> {
    if viewer(identity).sees(image) { Ok(()) } else { Err(Refusal::NotVisible) }
}

/// May `identity` change `image`? An admin may, and so may the members of the project that owns it; readers, and
/// projects that the image is shared with, may only look.
pub fn may_change(identity: &Identity, image: &Image) -> Result<(), Refusal> {
    may_see(identity, image)?;
    let owns = identity.project.is_some() && identity.project == image.owner;
    match identity.role {
        Some(Role::Admin) => Ok(()),
        Some(Role::Member) if owns => Ok(()),
        _ => Err(Refusal::Forbidden { policy: MODIFY_IMAGE }),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::identity::ProjectId;
    use crate::image::{ImageId, MemberStatus, Visibility};

    const HIDDEN: Result<(), Refusal> = Err(Refusal::NotVisible);
    const FORBIDDEN: Result<(), Refusal> = Err(Refusal::Forbidden { policy: MODIFY_IMAGE });

    fn identity(project: Option<&str>, role: Option<Role>) -> Identity {
        Identity { user: "user".to_owned(), project: project.map(ProjectId::from), role }
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
            image.owner = Some("owner".into());
            image.visibility = visibility;
            image.members = membership.map(|status| ("other".into(), status)).into_iter().collect();
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
                assert_eq!(may_see(&identity, &image).is_ok(), expected != HIDDEN, "{case}");
            }
        }
    }

    #[test]
    fn an_image_without_owner_belongs_to_nobody() {
        let mut image = Image::new(ImageId::random(), Timestamp::UNIX_EPOCH);
        image.visibility = Visibility::Public;
        assert_eq!(may_change(&identity(Some("any"), Some(Role::Member)), &image), FORBIDDEN);
        assert_eq!(may_change(&identity(None, Some(Role::Member)), &image), HIDDEN);
        assert_eq!(may_change(&identity(Some("any"), Some(Role::Admin)), &image), Ok(()));
    }
}

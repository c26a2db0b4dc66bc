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

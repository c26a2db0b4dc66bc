//! Who looks at images, in the only terms that matter for visibility.

use super::{Image, Visibility};
use crate::identity::ProjectId;

/// Through whose eyes images are looked at. Plain data, so that a store can turn it into a condition of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Sees nothing.
    Nobody,
    /// Sees what this project sees.
    Project(ProjectId),
    /// Sees everything; the project is the admin's own.
    Admin(ProjectId),
}

impl Viewer {
    /// Whether this viewer can see `image` when asking for it by id: its own, public and community ones, and shared
    /// ones of which it is a member, whatever it said to them.
    #[must_use]
    pub fn sees(&self, image: &Image) -> bool {
        match self {
            Self::Nobody => false,
            Self::Admin(_) => true,
            Self::Project(project) => {
                image.owner.as_ref() == Some(project)
                    || match image.visibility {
                        Visibility::Public | Visibility::Community => true,
                        Visibility::Shared => image.members.contains_key(project),
                        Visibility::Private => false,
                    }
            }
        }
    }

    /// Whether `image` is of the viewer's own project.
    #[must_use]
    pub fn owns(&self, image: &Image) -> bool {
        match self {
            Self::Nobody => false,
            Self::Project(project) | Self::Admin(project) => image.owner.as_ref() == Some(project),
        }
    }
}

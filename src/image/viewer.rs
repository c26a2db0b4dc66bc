//! Who looks at images, in the only terms that matter for visibility.

use super::{Image, MemberStatus, Visibility};
use crate::identity::ProjectId;

/// Through whose eyes images are looked at. Plain data, so that a store can turn it into a condition of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Sees nothing.
    Nobody,
    /// Sees what this project sees.
    Project(ProjectId),
    /// Sees everything.
    Everything,
}

impl Viewer {
    /// Whether this viewer can see `image` when asking for it by id: its own, public and community ones, and shared
    /// ones of which it is a member, whatever it said to them.
    #[must_use]
    pub fn sees(&self, image: &Image) -> bool {
        let Self::Project(project) = self else {
            return *self == Self::Everything;
        };
        image.owner.as_ref() == Some(project)
            || match image.visibility {
                Visibility::Public | Visibility::Community => true,
                Visibility::Shared => image.members.contains_key(project),
                Visibility::Private => false,
            }
    }

    /// Whether `image` stands in this viewer's plain list: of other projects' images only the public ones and the
    /// accepted shared ones, and no hidden image at all.
    #[must_use]
    pub fn lists(&self, image: &Image) -> bool {
        !image.hidden
            && self.sees(image)
            && match self {
                Self::Project(project) if image.owner.as_ref() != Some(project) => match image.visibility {
                    Visibility::Public => true,
                    Visibility::Shared => image.members.get(project) == Some(&MemberStatus::Accepted),
                    Visibility::Community | Visibility::Private => false,
                },
                _ => true,
            }
    }
}

//! Whose view of the images a read is for, in the only terms that matter for visibility.

use crate::identity::ProjectId;
use crate::image::model::{Image, TagEvent};
use crate::image::value::Visibility;

/// Whose view of the images a read is for. Plain data, so that a store can turn it into a condition
/// of its own.
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
    /// Whether this viewer can see `image` when asking for it by id: its own images, public and
    /// community ones, and shared ones of which it is a member, whatever its answer to them.
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

    /// Whether this viewer can see `event`: whoever saw the image as it was then. `was_member`
    /// tells whether a project was a member of the event's image then, as far as the store still
    /// knows: a membership counts that lasts, or lasted when the image was deleted.
    pub fn sees_event(
        &self,
        event: &TagEvent,
        was_member: impl FnOnce(&ProjectId) -> bool,
    ) -> bool {
        match self {
            Self::Nobody => false,
            Self::Admin(_) => true,
            Self::Project(project) => {
                event.owner.as_ref() == Some(project)
                    || match event.visibility {
                        Visibility::Public | Visibility::Community => true,
                        Visibility::Shared => was_member(project),
                        Visibility::Private => false,
                    }
            }
        }
    }

    /// Whether the viewer's own project owns `image`.
    #[must_use]
    pub fn owns(&self, image: &Image) -> bool {
        match self {
            Self::Nobody => false,
            Self::Project(project) | Self::Admin(project) => image.owner.as_ref() == Some(project),
        }
    }
}

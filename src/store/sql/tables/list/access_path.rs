//! The index through which the images of a scope are found.

use crate::image::Tag;

/// The table that is scanned for the images of a scope, in the order of one of its indexes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AccessPath<'a> {
    /// `images i`.
    Images,
    /// `image_tags t`, the rows of one tag.
    Tag(&'a Tag),
    /// `image_members m`, the rows of one project.
    Members,
}

/// The columns of an access path that hold the attributes that lists are sorted by first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    pub(super) created_at: &'static str,
    pub(super) id: &'static str,
}

impl AccessPath<'_> {
    pub(super) fn columns(self) -> Columns {
        match self {
            Self::Images => Columns {
                created_at: "i.created_at",
                id: "i.id",
            },
            Self::Tag(_) => Columns {
                created_at: "t.image_created_at",
                id: "t.image_id",
            },
            Self::Members => Columns {
                created_at: "m.image_created_at",
                id: "m.image_id",
            },
        }
    }
}

//! What can be wrong with the tags of an image.

use std::fmt;

use serde::Serialize;

/// Something that is wrong with the tags of an image in Glance's database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GlanceFinding {
    /// The id of the image.
    pub image: String,
    /// What is wrong.
    #[serde(flatten)]
    pub problem: GlanceProblem,
}

/// What is wrong. Glance keeps each tag of an image as a row, and marks the row when the tag is
/// removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum GlanceProblem {
    /// The image has several rows of one tag. Glance answers 500 to everything that removes the
    /// tag.
    Doubled {
        /// The tag.
        tag: String,
        /// How many rows it has.
        rows: usize,
    },
    /// The image has several tags that are the same to the database: they differ by case, accents
    /// or trailing blanks. Glance answers 500 to everything that removes one of them.
    Alike {
        /// The tags.
        tags: Vec<String>,
    },
    /// The image has more tags than the quota: Glance checks the quota on the list that it has
    /// read.
    OverQuota {
        /// How many tags it has.
        tags: usize,
        /// The quota.
        quota: i64,
    },
    /// The image was deleted, and has tags all the same.
    OfDeletedImage {
        /// How many rows there are.
        rows: usize,
    },
    /// The tag was removed and is there again. Somebody may have set it again; if nobody has, a
    /// save of Glance has brought it back. Glance's log has the requests at that time.
    CameBack {
        /// The tag.
        tag: String,
        /// When it was removed, in UTC.
        removed_at: String,
        /// When it came back, in UTC.
        back_at: String,
    },
}

impl GlanceProblem {
    /// The name of the problem in the table and in the JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Doubled { .. } => "doubled",
            Self::Alike { .. } => "alike",
            Self::OverQuota { .. } => "over_quota",
            Self::OfDeletedImage { .. } => "of_deleted_image",
            Self::CameBack { .. } => "came_back",
        }
    }

    /// Whether it can be repaired without a decision that only a person can make.
    #[must_use]
    pub fn is_repairable(&self) -> bool {
        matches!(self, Self::Doubled { .. } | Self::OfDeletedImage { .. })
    }
}

impl fmt::Display for GlanceProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Doubled { tag, rows } => write!(f, "{tag:?} has {rows} rows"),
            Self::Alike { tags } => write!(f, "{tags:?} are one tag to the database"),
            Self::OverQuota { tags, quota } => write!(f, "{tags} tags, {quota} are allowed"),
            Self::OfDeletedImage { rows } => write!(f, "{rows} tags of a deleted image"),
            Self::CameBack {
                tag,
                removed_at,
                back_at,
            } => write!(
                f,
                "{tag:?} was removed at {removed_at} and is there since {back_at}"
            ),
        }
    }
}

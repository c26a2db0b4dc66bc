//! Which tags the catalogue of tags holds.

use crate::image::{Tag, Viewer};

/// A page of the tags that a viewer sees, in the order of their code points.
#[derive(Clone, Debug)]
pub struct TagQuery {
    /// The caller. A tag is listed if it is on an image that the caller lists by default: one of
    /// the own project, a public one, or one that the project has accepted. Hidden and killed
    /// images count. An admin sees the tags of all images.
    pub viewer: Viewer,
    /// Only tags that start with this text.
    pub prefix: String,
    /// The page starts after this tag; `None` starts at the first.
    pub after: Option<Tag>,
    /// The maximum number of tags on the page.
    pub limit: usize,
}

/// A tag, and on how many images it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagCount {
    /// The tag.
    pub tag: Tag,
    /// The number of images that carry it, up to [`MAX_COUNT`](Self::MAX_COUNT).
    pub images: usize,
    /// Whether more images carry it than were counted.
    pub more: bool,
}

impl TagCount {
    /// The largest number of images that is counted, so that the time for a page does not grow with
    /// the number of images.
    pub const MAX_COUNT: usize = 1000;
}

/// A page of the catalogue of tags.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagPage {
    /// The tags, in the order of their code points.
    pub tags: Vec<TagCount>,
    /// Whether the catalogue goes on after them.
    pub more: bool,
}

impl TagPage {
    /// Fills a page with the first `limit` of `tags`, each with the number of its images.
    pub(crate) fn filled(tags: impl IntoIterator<Item = (Tag, usize)>, limit: usize) -> Self {
        let mut tags = tags.into_iter();
        let first = tags.by_ref().take(limit);
        let first = first.map(|(tag, images)| TagCount {
            tag,
            images: images.min(TagCount::MAX_COUNT),
            more: images > TagCount::MAX_COUNT,
        });
        Self {
            tags: first.collect(),
            more: tags.next().is_some(),
        }
    }
}

//! Which images a list holds.

use std::collections::BTreeSet;

use super::filter::Filter;
use super::sort::Sort;
use crate::image::{Image, ImageId, MemberStatus, Status, Tag, Tags, Viewer, Visibility};

/// A list: whose it is, the conditions on its images, its order and the page of it.
#[derive(Clone, Debug)]
pub struct ImageQuery {
    /// The caller, who decides which images are visible.
    pub viewer: Viewer,
    /// The visibilities to list.
    pub visibility: VisibilityFilter,
    /// Lists an image shared with the viewer only if the viewer's membership has this status;
    /// `None` lists it whatever the status.
    pub member_status: Option<MemberStatus>,
    /// `true` lists only hidden images, `false` only the others, `None` both.
    pub hidden: Option<bool>,
    /// An image must have all of these tags.
    pub tags: BTreeSet<Tag>,
    /// An image must have at least one of these tags; of an empty set, no image has one.
    pub any_tags: Option<BTreeSet<Tag>>,
    /// An image must not have all of these tags; an empty set is no condition.
    pub not_all_tags: BTreeSet<Tag>,
    /// An image must have none of these tags.
    pub not_any_tags: BTreeSet<Tag>,
    /// An image must also meet all of these conditions.
    pub filters: Vec<Filter>,
    /// The order of the list.
    pub sort: Sort,
    /// The page starts after this image; `None` starts at the first.
    pub marker: Option<ImageId>,
    /// The maximum number of images on the page.
    pub limit: usize,
}

/// The visibilities that a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VisibilityFilter {
    /// Every visible image except the community images of other projects.
    Default,
    /// Every visible image.
    All,
    /// Visible images of this visibility.
    Only(Visibility),
}

impl ImageQuery {
    /// The list that `viewer` gets without parameters, newest first: at most `limit` images.
    #[must_use]
    pub fn new(viewer: Viewer, limit: usize) -> Self {
        Self {
            viewer,
            visibility: VisibilityFilter::Default,
            member_status: Some(MemberStatus::Accepted),
            hidden: Some(false),
            tags: BTreeSet::new(),
            any_tags: None,
            not_all_tags: BTreeSet::new(),
            not_any_tags: BTreeSet::new(),
            filters: Vec::new(),
            sort: Sort::newest_first(),
            marker: None,
            limit,
        }
    }

    /// The list of all images that `viewer` sees, whatever their visibility and however they were
    /// shared, hidden ones too.
    #[must_use]
    pub fn of_all(viewer: Viewer, limit: usize) -> Self {
        Self {
            visibility: VisibilityFilter::All,
            member_status: None,
            hidden: None,
            ..Self::new(viewer, limit)
        }
    }

    /// Whether `image` belongs in the list, on any page of it.
    #[must_use]
    pub fn matches(&self, image: &Image) -> bool {
        self.hidden.is_none_or(|hidden| hidden == image.hidden)
            && image.status != Status::Killed
            && self.shows(image)
            && self.has_tags(&image.tags)
            && self.filters.iter().all(|filter| filter.holds(image))
    }

    fn has_tags(&self, tags: &Tags) -> bool {
        tags.contains_all(&self.tags)
            && (self.any_tags.as_ref()).is_none_or(|any| tags.contains_any(any))
            && (self.not_all_tags.is_empty() || !tags.contains_all(&self.not_all_tags))
            && !tags.contains_any(&self.not_any_tags)
    }

    fn shows(&self, image: &Image) -> bool {
        let owns = self.viewer.owns(image);
        let seen = match &self.viewer {
            Viewer::Project(project) if !owns && image.visibility == Visibility::Shared => {
                let member = image.members.get(project);
                member.is_some_and(|member| {
                    self.member_status
                        .is_none_or(|wanted| member.status == wanted)
                })
            }
            viewer => viewer.sees(image),
        };
        seen && match self.visibility {
            VisibilityFilter::All => true,
            VisibilityFilter::Only(visibility) => image.visibility == visibility,
            VisibilityFilter::Default => owns || image.visibility != Visibility::Community,
        }
    }
}

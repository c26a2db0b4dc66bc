//! Which images to list, and in which order: plain data, and what it means for one image.
//!
//! The meaning is Glance's; a backend that can ask its database turns it into a condition of its own.

mod sort;

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::Timestamp;

pub use self::sort::{Direction, Sort, SortKey, SortKeyError};
use crate::image::{
    Attribute, AttributeValue, Image, ImageId, MemberStatus, Status, Tag, Viewer, Visibility,
};

/// Which images to list.
#[derive(Clone, Debug)]
pub struct ImageQuery {
    /// Whose list it is.
    pub viewer: Viewer,
    /// Which visibilities to show.
    pub visibility: VisibilityFilter,
    /// Of the images shared with the viewer, those to which it said this; `None`: all of them.
    pub member_status: Option<MemberStatus>,
    /// The hidden images, or the others.
    pub hidden: bool,
    /// Tags that an image must have, all of them.
    pub tags: BTreeSet<Tag>,
    /// What else must be true of an image, all of it.
    pub filters: Vec<Filter>,
    /// The order.
    pub sort: Sort,
    /// Only images that come after this one.
    pub marker: Option<ImageId>,
    /// At most this many.
    pub limit: usize,
}

/// Which visibilities a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VisibilityFilter {
    /// Everything but other projects' community images.
    Default,
    /// Everything that can be seen.
    All,
    /// This one.
    Only(Visibility),
}

/// A condition on one attribute or property. A condition on an attribute of another kind never holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// A text, or the id, is one of these.
    Text(Attribute, BTreeSet<String>),
    /// A number compares like this.
    Number(Attribute, Comparison, i64),
    /// A time compares like this, to the second that is shown.
    Time(Attribute, Comparison, Timestamp),
    /// A truth value is this one.
    Flag(Attribute, bool),
    /// A free property has this value.
    Property(String, String),
}

/// How a value compares to the one of a filter.
#[expect(missing_docs, reason = "they are the six comparisons")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::Greater => ordering.is_gt(),
            Self::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

impl ImageQuery {
    /// Everything that `viewer` has in its plain list, newest first.
    #[must_use]
    pub fn new(viewer: Viewer, limit: usize) -> Self {
        Self {
            viewer,
            visibility: VisibilityFilter::Default,
            member_status: Some(MemberStatus::Accepted),
            hidden: false,
            tags: BTreeSet::new(),
            filters: Vec::new(),
            sort: Sort::newest_first(),
            marker: None,
            limit,
        }
    }

    /// Whether `image` belongs into the list, on whatever page.
    #[must_use]
    pub fn matches(&self, image: &Image) -> bool {
        self.hidden == image.hidden
            && image.status != Status::Killed
            && self.shows(image)
            && self.tags.iter().all(|tag| image.tags.contains(tag))
            && self.filters.iter().all(|filter| filter.holds(image))
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

impl Filter {
    /// Whether `image` meets the condition. An attribute without a value meets none.
    fn holds(&self, image: &Image) -> bool {
        match self {
            Self::Text(attribute, texts) => match attribute.value(image) {
                AttributeValue::Text(text) => texts.contains(&*text),
                AttributeValue::Id(id) => texts.contains(&id.to_string()),
                _ => false,
            },
            Self::Number(attribute, comparison, number) => match attribute.value(image) {
                AttributeValue::Number(value) => comparison.holds(value.cmp(number)),
                _ => false,
            },
            Self::Time(attribute, comparison, time) => match attribute.value(image) {
                AttributeValue::Time(value) => {
                    comparison.holds(value.as_second().cmp(&time.as_second()))
                }
                _ => false,
            },
            Self::Flag(attribute, flag) => attribute.value(image) == AttributeValue::Flag(*flag),
            Self::Property(name, value) => {
                let property = image.properties.get(name);
                property.is_some_and(|property| property.as_str() == value)
            }
        }
    }
}

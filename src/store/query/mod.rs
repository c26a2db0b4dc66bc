//! Which images to list, and in which order: plain data, and what it means for one image.
//!
//! The meaning is Glance's; a backend that can ask its database turns it into a condition of its own.

mod sort;

use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::Timestamp;

pub use self::sort::{Direction, Sort, SortKey};
use crate::image::{Image, ImageData, ImageId, MemberStatus, Status, Tag, Viewer, Visibility};

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

/// A condition on one attribute or property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// A text is one of these.
    Text(TextField, BTreeSet<String>),
    /// A number compares like this.
    Number(NumberField, Comparison, i64),
    /// A time compares like this, to the second that is shown.
    Time(TimeField, Comparison, Timestamp),
    /// The image is protected, or not.
    Protected(bool),
    /// A free property has this value.
    Property(String, String),
}

/// Attributes that are texts.
#[expect(missing_docs, reason = "they are named as the attributes are")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextField {
    Id,
    Name,
    Status,
    Owner,
    ContainerFormat,
    DiskFormat,
    Checksum,
    OsHashAlgo,
    OsHashValue,
}

/// Attributes that are numbers.
#[expect(missing_docs, reason = "they are named as the attributes are")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberField {
    Size,
    MinDisk,
    MinRam,
}

/// Attributes that are times.
#[expect(missing_docs, reason = "they are named as the attributes are")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeField {
    CreatedAt,
    UpdatedAt,
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

fn size(image: &Image) -> Option<u64> {
    image.data.as_ref().map(|data| data.size)
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
    fn holds(&self, image: &Image) -> bool {
        match self {
            Self::Text(field, texts) => field.of(image).is_some_and(|text| texts.contains(&text)),
            Self::Number(field, comparison, number) => field
                .of(image)
                .is_some_and(|value| comparison.holds(value.cmp(number))),
            Self::Time(field, comparison, time) => {
                comparison.holds(field.of(image).as_second().cmp(&time.as_second()))
            }
            Self::Protected(protected) => image.protected == *protected,
            Self::Property(name, value) => image.properties.get(name) == Some(value),
        }
    }
}

impl TextField {
    fn of(self, image: &Image) -> Option<String> {
        let data = image.data.as_ref();
        match self {
            Self::Id => Some(image.id().to_string()),
            Self::Name => image.name.clone(),
            Self::Status => Some(image.status.to_string()),
            Self::Owner => image.owner.as_ref().map(ToString::to_string),
            Self::ContainerFormat => image.container_format.clone(),
            Self::DiskFormat => image.disk_format.clone(),
            Self::Checksum => data.map(|data| data.checksum.clone()),
            Self::OsHashAlgo => data.map(|_| ImageData::HASH_ALGORITHM.to_owned()),
            Self::OsHashValue => data.map(|data| data.sha512.clone()),
        }
    }
}

impl NumberField {
    fn of(self, image: &Image) -> Option<i64> {
        match self {
            Self::Size => size(image).and_then(|size| i64::try_from(size).ok()),
            Self::MinDisk => Some(image.min_disk.into()),
            Self::MinRam => Some(image.min_ram.into()),
        }
    }
}

impl TimeField {
    fn of(self, image: &Image) -> Timestamp {
        match self {
            Self::CreatedAt => image.created_at(),
            Self::UpdatedAt => image.updated_at(),
        }
    }
}

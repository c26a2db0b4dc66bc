//! An image and its parts, valid by construction, and what a change does to it.
//!
//! The room knows no HTTP, no SQL and no clock of its own. Only a store moves the id, the times,
//! the revision and the size of an image; every other field is open to the pure functions that
//! describe a change. Start reading at [`Image`], then at [`Attribute`].

mod attribute;
mod edit;
mod lifecycle;
mod model;
mod quota;
mod refusal;
mod rule;
mod sharing;
mod tag_changes;
mod value;
mod viewer;

pub(crate) use attribute::Restoration;
pub use attribute::{Access, Attribute, AttributeError, AttributeValue, FilterKind, Kind};
pub use edit::Edit;
pub(crate) use model::WriteId;
pub use model::{
    Image, ImportTask, Member, NewImage, Properties, Reason, ReasonError, TagAction,
    TagActionError, TagEvent, Tags,
};
pub use quota::{Quota, Quotas};
pub use refusal::{ImportObstacle, Refusal};
pub use rule::{
    Exclusive, ExclusiveScope, Glob, GlobError, OnConflict, ScopedTag, TagRule, TagRuleError,
    TagRuleParts, TagRules, TagRulesError, TagScope,
};
pub use value::{
    ContainerFormat, ContainerFormatError, DiskFormat, DiskFormatError, ImageData, ImageDataError,
    ImageId, ImageIdError, ImageName, ImageNameError, ImportMethod, ImportMethodError,
    MemberStatus, MemberStatusError, Minimum, MinimumError, PropertyName, PropertyNameError,
    PropertyValue, PropertyValueError, Status, StatusError, Tag, TagError, TaskStatus,
    TaskStatusError, UploadId, UploadIdError, Visibility, VisibilityError,
};
pub use viewer::Viewer;

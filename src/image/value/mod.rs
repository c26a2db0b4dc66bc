//! The values of an image's attributes, as types that hold nothing that the API refuses.
//!
//! Each type is made by parsing or converting, and the configuration, an import, a database row and
//! a request all go through the same constructor. No type here knows the image. Start reading at
//! [`Tag`].

mod data;
mod format;
mod id;
mod minimum;
mod name;
mod property;
mod status;
mod tag;
mod text;
mod upload;
mod visibility;

pub use data::{ImageData, ImageDataError};
pub use format::{ContainerFormat, ContainerFormatError, DiskFormat, DiskFormatError};
pub use id::{ImageId, ImageIdError};
pub use minimum::{Minimum, MinimumError};
pub use name::{ImageName, ImageNameError};
pub use property::{PropertyName, PropertyNameError, PropertyValue, PropertyValueError};
pub use status::{
    MemberStatus, MemberStatusError, Status, StatusError, TaskStatus, TaskStatusError,
};
pub use tag::{Tag, TagError};
pub(in crate::image) use text::{text_value, word_value};
pub use upload::{ImportMethod, ImportMethodError, UploadId, UploadIdError};
pub use visibility::{Visibility, VisibilityError};

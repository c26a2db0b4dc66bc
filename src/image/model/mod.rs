//! An image with its parts, its size and its revisions. Start reading at [`Image`].

mod image;
mod import_task;
mod json_size;
mod member;
mod new_image;
mod noted;
mod properties;
mod size;
mod successor;
mod tag_event;
mod tags;

pub use image::Image;
pub use import_task::ImportTask;
pub use member::Member;
pub use new_image::NewImage;
pub(in crate::image) use noted::Noted;
pub(crate) use noted::WriteId;
pub use properties::Properties;
pub use tag_event::{Reason, ReasonError, TagAction, TagActionError, TagEvent};
pub use tags::Tags;

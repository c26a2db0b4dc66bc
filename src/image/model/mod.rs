//! An image with its parts, its size and its revisions. Start reading at [`Image`].

mod image;
mod json_size;
mod member;
mod new_image;
mod properties;
mod size;
mod successor;

pub use image::Image;
pub use member::Member;
pub use new_image::NewImage;
pub use properties::Properties;

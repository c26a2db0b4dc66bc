//! The images belong to a Glance, and only their tags to this service.
//!
//! Glance answers what is not about tags. What changes tags and more goes to both: this service
//! checks the tags first, Glance does the rest, and the tags follow.

mod answer;
mod create;
mod delete;
mod destination;
mod patch;
mod tags_of_patch;

pub(in crate::image_api) use self::create::create;
pub(in crate::image_api) use self::delete::delete;
pub(crate) use self::destination::{is_about_tags, is_about_tags_alone};
pub(in crate::image_api) use self::patch::patch;

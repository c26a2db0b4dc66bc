//! Checks that Glance does not undo changes of tags: it changes tags in Glance's database while
//! Glance saves the same images, through its API, for other reasons.
//!
//! - `api` is Glance's API, `image` one image of the check, whose tags this program changes.
//! - `races` is what Glance does meanwhile: patches, an upload, the hashing of a location.
//!
//! Start reading at [`check`].

mod api;
mod error;
mod image;
mod origin;
mod outcome;
mod races;

pub use self::api::GlanceApi;
pub use self::error::CheckError;
pub use self::outcome::Outcome;
pub use self::races::check;

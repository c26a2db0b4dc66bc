//! Export and import of images and of the history of their tags as JSON lines: one event a line,
//! oldest first, then one image a line, ordered by id. An import takes them in any order, but only
//! an image that comes after its history finds there who set its exclusive tags.
//!
//! An import preserves times, revisions and members. It leaves existing images unchanged and adds
//! no event twice, so it can be repeated.
//!
//! Start reading at [`export`].

mod error;
mod export;
mod import;
mod line;
#[cfg(test)]
mod tests;

pub use error::TransferError;
pub use export::{Exported, export};
pub use import::{Imported, import};

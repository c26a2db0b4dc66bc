//! The rules of tags: of how many images one carries a tag, and who may add and remove it.
//!
//! Start reading at [`ScopedTag`].

mod scope;

pub use scope::{ScopedTag, TagScope};

//! The rules of tags.

mod scope;

pub use scope::{ScopedTag, TagScope};

//! JSON patches of an image: the operations, how a request spells them, and what they do.
//!
//! Glance supports a part of RFC 6902. This service also supports the rest: `test`, `move`, `copy`,
//! and pointers to single tags. Libraries that compute a patch from two documents, as openstacksdk
//! does, send them.

mod apply;
mod operation;
mod read;

pub(in crate::image_api) use operation::Patch;
pub(in crate::image_api) use read::Dialect;

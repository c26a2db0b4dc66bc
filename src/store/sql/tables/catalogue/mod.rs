//! A page of the catalogue of tags.
//!
//! The images that a viewer lists are split into scopes, as for lists. A scope that has an index by
//! tag is walked by skipping from each tag to the next, so that the time for a page grows neither
//! with the number of images nor with that of the tags. The images shared with a project are few:
//! all of them are read. The tags of each scope come with the number of their images, and the
//! numbers are added up here.
//!
//! Start reading at `page::page`.

mod page;
mod range;
mod scope;
mod walk;

pub(in crate::store::sql) use self::page::page;
#[cfg(test)]
pub(in crate::store::sql) use self::page::statements;

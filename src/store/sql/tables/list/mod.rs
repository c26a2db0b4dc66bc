//! A page of a list as one statement: the meaning of `ImageQuery::matches` and `Sort::compare` in
//! SQL.
//!
//! The images that a viewer sees are split into disjoint scopes. Each scope has an index in the
//! order newest first, also by tag. So a page reads from each scope at most as many images as it
//! may show, and the time for a page does not grow with the number of images. A list of the images
//! that have any of several tags reads that many for each of the tags.
//!
//! `CROSS JOIN` makes SQLite scan the first table and look up in the second. To the other engines
//! it is a plain join.
//!
//! Start reading at `page::page`.

mod access_path;
mod condition;
mod order;
mod page;
mod planner;
mod scope;
mod tag_condition;

pub(in crate::store::sql) use self::page::{by_id, expected_size, page, statement, versions};
pub use self::planner::MAX_LIST_TAGS;

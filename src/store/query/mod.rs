//! The query of a list: which images, in which order, from where on. Plain data and its meaning for
//! one image.
//!
//! The meaning is Glance's and is written once, in [`ImageQuery::matches`] and [`Sort::compare`].
//! A backend that filters in its database translates it into conditions of its own, and the
//! conformance suite compares the two.
//!
//! Start reading at [`ImageQuery`].

mod filter;
mod history_query;
mod image_query;
mod sort;
mod tag_query;

pub use self::filter::{Comparison, Filter};
pub use self::history_query::{EventPage, HistoryQuery, HistorySubject, Pruned};
pub use self::image_query::{ImageQuery, VisibilityFilter};
pub use self::sort::{Direction, Sort, SortKey, SortKeyError};
pub use self::tag_query::{TagCount, TagPage, TagQuery};

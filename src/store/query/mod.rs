//! The query of a list: which images, in which order, from where on. Plain data and its meaning for
//! one image.
//!
//! The meaning is Glance's and is written once, in [`ImageQuery::matches`] and [`Sort::compare`].
//! A backend that filters in its database translates it into conditions of its own, and the
//! conformance suite compares the two.
//!
//! Start reading at [`ImageQuery`].

mod filter;
mod image_query;
mod sort;

pub use self::filter::{Comparison, Filter, NumberField, TextField, TimeField};
pub use self::image_query::{ImageQuery, VisibilityFilter};
pub use self::sort::{Direction, Sort, SortKey};

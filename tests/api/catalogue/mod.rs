//! The catalogue of tags, promotions and the history of tags.
//!
//! Start reading at `fixture`.

mod assign;
mod bodies;
mod carriers;
mod current;
mod fixture;
mod history;
mod list;
mod preconditions;
mod promote;
mod races;
mod refusals;
mod revert;
mod visibility;

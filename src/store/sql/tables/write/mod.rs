//! Writes images and the history of their tags.
//!
//! `image` writes the row of an image and `part` its rows in the other tables, `events` the
//! history, all inside a transaction of the caller. `one_statement` makes one statement of a small
//! change.

mod events;
mod image;
mod insertion;
mod one_statement;
mod part;

pub(in crate::store::sql) use self::events::{insert_events, set_ids};
pub(in crate::store::sql) use self::image::{insert, run, update_size};
pub(in crate::store::sql) use self::one_statement::in_one_statement;

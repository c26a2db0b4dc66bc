//! Reads the history of tags, takes over events of another store, and removes old ones.
//!
//! The events that a viewer sees are split into parts, as the images of a list are. Each part has
//! an index in the order of the ids, so that a page reads from each part at most as many events as
//! it may have.
//!
//! Start reading at `page::page`.

mod column;
mod import;
mod latest;
mod page;
mod part;
mod prune;

pub(in crate::store::sql) use self::import::import;
pub(in crate::store::sql) use self::latest::additions as latest_additions;
#[cfg(test)]
pub(in crate::store::sql) use self::page::statement;
pub(in crate::store::sql) use self::page::{after, page};
pub(in crate::store::sql) use self::prune::{find as find_superfluous, remove};

//! Reads the history of tags, takes over events of another store, and removes old ones.
//!
//! The events that a viewer sees are split into parts, as the images of a list are. Each part has
//! an index in the order of the ids, so that a page reads from each part at most as many events as
//! it may have.
//!
//! Start reading at `page::page`. `attempt` has the operations of the store.

mod attempt;
mod column;
mod import;
mod latest;
mod page;
mod part;
mod prune;

#[cfg(test)]
pub(super) use self::page::statement;

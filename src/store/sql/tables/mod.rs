//! The tables: their schema, and the SQL that reads and writes them.
//!
//! - `schema` makes the tables and migrates them.
//! - `read` reads an image, `write` writes one, over the columns in `column`. `list`, `catalogue`
//!   and `events` read pages.
//! - `glance` writes the tags of images that belong to a Glance.
//! - `version` tells whether an image is still the same, and `image_cache` keeps images as long as
//!   they are.
//! - `selection` reads what a write asks for, and `history` writes its events.
//! - `dialect` has the SQL that differs between the engines; `netstring` packs many rows into one
//!   text; `size_limit` bounds what a read may load.
//!
//! Everything here runs on a connection of `drivers`, and in the transaction of its caller.

pub(super) mod catalogue;
mod column;
mod dialect;
pub(super) mod events;
pub(super) mod glance;
pub(super) mod history;
pub(super) mod image_cache;
pub(super) mod list;
mod netstring;
pub(super) mod read;
pub(super) mod schema;
pub(super) mod selection;
pub(super) mod size_limit;
pub(super) mod version;
pub(super) mod write;

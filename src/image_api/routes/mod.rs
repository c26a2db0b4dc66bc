//! Parts of the route table: the methods of a resource, and the routes of imports, tasks and
//! metadata definitions.
//!
//! `src/image_api/router.rs` makes the whole table of them. Start reading at `resource.rs`.

mod definitions;
mod imports;
mod resource;
mod table;

pub(super) use definitions::definitions;
pub(super) use imports::imports_and_tasks;
pub(super) use resource::{no_such_route, resource};
pub(super) use table::{Route, RouteTable, Routes};

//! The kinds of data stores. Start reading at [`Objects`].

mod files;
mod leases;
mod memory;
mod objects;
mod s3;
mod sink;

pub use leases::Lease;
pub(super) use memory::{MemoryObject, MemoryObjects};
pub(super) use objects::Objects;
pub(super) use sink::Sink;

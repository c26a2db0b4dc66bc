//! The store in memory: the fastest backend, and empty after a restart.
//!
//! One lock guards all images and their history and is never held across an await. Readers share
//! the images; a change replaces an image by a new one.
//!
//! Start reading at [`Memory`].

mod by_age;
mod catalogue;
mod events;
mod history;
mod index;
mod merge;
#[cfg(test)]
mod scaling_tests;
mod shared_properties;
mod state;
mod store;

pub use self::store::Memory;

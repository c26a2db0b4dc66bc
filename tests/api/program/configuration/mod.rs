//! The configuration: the example and the defaults, the environment, and what stops a start.
//!
//! Start reading at `sources`.

mod entries;
mod load;
mod networks;
mod policy;
mod sources;
mod tags;
mod values;

pub use load::file;

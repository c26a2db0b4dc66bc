//! The workload: clients that send random operations on shared images at once, and record what they
//! observe.
//!
//! Start reading at `load`.

mod client;
mod generator;
mod load;
mod observer;
mod response;
mod tally;

pub(crate) use client::{Client, PATCH};
pub(crate) use generator::KeySpace;
pub(crate) use load::Load;
pub(crate) use tally::Tally;

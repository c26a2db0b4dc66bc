//! Sharing images with other projects.
//!
//! Start reading at `sharing`.

mod calls;
mod refusals;
mod rights;
mod sharing;

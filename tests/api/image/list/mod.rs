//! Listing images.
//!
//! Start reading at `pages`.

mod columns;
mod filters;
mod order;
mod pages;
mod refusals;
mod visibility;

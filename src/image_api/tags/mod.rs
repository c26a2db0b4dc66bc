//! The tags of an image: one by one below `…/tags/{tag}`, and all of them at `…/tags`.
//!
//! Start reading at `one`. `change` applies every change behind the policy.

mod body;
mod change;
mod collection;
mod one;

pub(super) use collection::{clear, edit, list, replace};
pub(super) use one::{add, remove, show};

//! Moves of an exclusive tag: to an image, to the image of another tag, and back.
//!
//! Each is one write, which takes the tag from all other images of its scope. Start reading at
//! `promote`; `change` has what all three do inside the write.

mod answer;
mod assign;
mod body;
mod change;
mod promote;
mod revert;
mod target;

pub(super) use assign::assign;
pub(super) use promote::promote;
pub(super) use revert::revert;

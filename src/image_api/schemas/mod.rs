//! The JSON schemas of images and members, and the validation of what a client sends against them.

mod documents;
mod python_repr;
mod validate;

pub(super) use documents::{IMAGE, IMAGES, MEMBER, MEMBERS};
pub(super) use validate::{check_member, invalid_tag};

//! The JSON schemas of images, members, tasks and metadata definitions, and the validation of what
//! a client sends against them.

mod documents;
mod python_repr;
mod validate;

pub(super) use documents::{IMAGE, IMAGES, MEMBER, MEMBERS, TASK, TASKS, metadefs};
pub(super) use python_repr::python_str;
pub(super) use validate::{check_member, invalid_tag};

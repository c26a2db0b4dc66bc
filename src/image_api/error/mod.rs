//! The errors of the Image API: what a client is told when something goes wrong.
//!
//! Start reading at [`Error`]. A refusal by a rule of images has tables of its own.

mod api_error;
mod refusal_status;
mod refusal_text;
mod subject;

pub(super) use api_error::Error;
pub(super) use refusal_status::status as refusal_status;
pub(super) use subject::{Call, Subject};

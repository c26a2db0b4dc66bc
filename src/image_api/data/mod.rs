//! `/v2/images/{image_id}/file`: the data of an image.
//!
//! `receive.rs` is the way of data in, `download.rs` the way out.

mod body;
mod download;
mod purpose;
mod range;
mod receive;
mod running;
mod target;
mod upload;

pub(super) use download::download;
pub(super) use purpose::Purpose;
pub(super) use receive::receive;
pub(super) use running::Running;
pub(super) use target::Target;
pub(super) use upload::upload;

//! `/v2/images/{image_id}/file`: the data of an image.
//!
//! `upload.rs` is the way of data in, `download.rs` the way out.

mod body;
mod download;
mod range;
mod running;
mod upload;

pub(super) use download::download;
pub(super) use upload::upload;

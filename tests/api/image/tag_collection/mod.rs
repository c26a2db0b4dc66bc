//! All tags of an image at once: `/v2/images/{image_id}/tags`.
//!
//! Start reading at `changes`.

mod calls;
mod changes;
mod refusals;

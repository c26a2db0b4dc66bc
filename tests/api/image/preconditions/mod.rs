//! `ETag`, `If-Match` and `If-None-Match` of images and tags.
//!
//! Start reading at `reads`.

mod calls;
mod headers;
mod new_images;
mod races;
mod reads;
mod writes;

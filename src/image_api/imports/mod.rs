//! Imports: a client stages the data and then asks for it to be used (`glance-direct`), or has the
//! service download it (`web-download`).
//!
//! Staged data is where it will stay, with its digests known, so the first kind of import is one
//! change of the image. The second goes on in the background, as an upload of the service's own.
//! Start reading at `start.rs`.

mod method;
mod methods;
mod request;
mod stage;
mod start;
mod stores;
mod web;

pub(super) use method::import_headers;
pub(super) use methods::methods;
pub(super) use stage::stage;
pub(super) use start::start;
pub(super) use stores::stores;

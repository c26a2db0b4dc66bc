//! Glance itself: requests go there that this service does not answer, and their answers come back,
//! piece by piece, without a copy in memory.
//!
//! Start reading at [`Upstream`].

mod body;
mod client;
mod headers;

pub use self::client::{Upstream, UpstreamError, UpstreamOptions};

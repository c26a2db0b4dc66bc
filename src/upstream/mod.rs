//! Glance itself: requests go there that this service does not answer, and their answers come back,
//! piece by piece, without a copy in memory.
//!
//! Start reading at [`Upstream`].

mod ambiguity;
mod body;
mod client;
mod error;
mod headers;

pub use self::client::{Upstream, UpstreamOptions};
pub use self::error::UpstreamError;

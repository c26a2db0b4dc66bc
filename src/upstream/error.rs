//! [`UpstreamError`]: why Glance did not answer.

use std::io;

/// Why Glance did not answer.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// The client cannot be made, or the certificates cannot be read.
    #[error("glance: {0}")]
    Client(#[source] io::Error),
    /// Glance might read the request otherwise than this service.
    #[error("{0}")]
    Ambiguous(&'static str),
    /// Glance takes too long.
    #[error("Glance takes too long to answer")]
    TimedOut,
    /// Glance cannot be reached, or broke the connection.
    #[error("Glance does not answer")]
    Request(#[from] reqwest::Error),
}

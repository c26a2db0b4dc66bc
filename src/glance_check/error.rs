//! [`CheckError`]: why a check came to no end.

use crate::store::WriteError;
use crate::upstream::UpstreamError;

/// Why a check came to no end.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// Glance does not answer.
    #[error("Glance does not answer: {0}")]
    Upstream(#[from] UpstreamError),
    /// Glance answers otherwise than the check needs.
    #[error("Glance answers {status} to {request}: {text}")]
    Answer {
        /// The method and path of the request.
        request: String,
        /// The status of the answer.
        status: u16,
        /// The start of its body.
        text: String,
    },
    /// The tags could not be changed.
    #[error("the tags were not changed: {0}")]
    Write(#[from] WriteError),
    /// Data for Glance cannot be served.
    #[error("the data for the location cannot be served: {0}")]
    Origin(#[from] std::io::Error),
}

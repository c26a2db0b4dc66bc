//! A download in progress.

use std::time::Duration;

use axum::body::Bytes;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::task::AbortHandle;

use super::error::WebError;
use super::place::WebPlace;

/// A download in progress. It ends when it is dropped.
#[derive(Debug)]
pub struct WebDownload {
    pub(super) pieces: mpsc::Receiver<Result<Bytes, WebError>>,
    pub(super) fetch: AbortHandle,
    pub(super) timeout: Duration,
    pub(super) place: WebPlace,
    pub(super) _slot: Option<OwnedSemaphorePermit>,
}

impl WebDownload {
    /// The next bytes; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, WebError> {
        let next = tokio::time::timeout_at(self.place.deadline, self.pieces.recv()).await;
        match next {
            Ok(Some(Ok(piece))) if piece.is_empty() => Ok(None),
            Ok(Some(piece)) => piece.map(Some),
            Ok(None) => Err(WebError::Ended),
            Err(_) => Err(WebError::TooSlow(self.timeout)),
        }
    }
}

impl Drop for WebDownload {
    fn drop(&mut self) {
        self.fetch.abort();
    }
}

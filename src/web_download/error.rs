//! Why a download failed.

use std::time::Duration;

use reqwest::StatusCode;

/// Why a download failed. `Display` is for the user who asked for it: it tells nothing of networks
/// that the user does not see.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// The URL, or one that it redirects to, or the address of its host, is not allowed.
    #[error("The URL leads to where the service does not download from.")]
    NotAllowed,
    /// Nobody answered, or the answer broke off.
    #[error("The download failed: the server did not answer, or broke off.")]
    Connection(#[source] reqwest::Error),
    /// The server did not answer 200.
    #[error("The server at the URL answered {0}.")]
    Status(StatusCode),
    /// There is more data than a download may have.
    #[error("The data is larger than the {0} bytes that are allowed.")]
    TooLarge(u64),
    /// It took longer than a download may take.
    #[error("The download took longer than the {} seconds that are allowed.", .0.as_secs())]
    TooSlow(Duration),
    /// The download ended without a reason.
    #[error("The download failed.")]
    Ended,
    /// The client, or the thread that it needs, was not made.
    #[error("The service cannot download.")]
    Client(#[source] std::io::Error),
}

impl From<reqwest::Error> for WebError {
    fn from(error: reqwest::Error) -> Self {
        let mut cause: Option<&dyn std::error::Error> = Some(&error);
        while let Some(current) = cause {
            if matches!(current.downcast_ref(), Some(Self::NotAllowed)) {
                return Self::NotAllowed;
            }
            cause = current.source();
        }
        // The URL may have secrets.
        Self::Connection(error.without_url())
    }
}

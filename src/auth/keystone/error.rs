//! Errors of the requests to Keystone. None of them means that a token is invalid, except
//! [`ValidationError::Invalid`].

use std::error::Error;

use reqwest::StatusCode;

/// Keystone could not validate a token.
#[derive(Debug, thiserror::Error)]
pub enum KeystoneError {
    /// The connection failed or timed out.
    #[error("Keystone cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// The validation did not finish within the time of the request.
    #[error("Keystone takes too long")]
    Timeout,
    /// The response has a status that neither confirms nor rejects the token.
    #[error("Keystone answered {0}")]
    Status(StatusCode),
    /// The response cannot be parsed.
    #[error("the answer of Keystone is not understood: {0}")]
    Malformed(&'static str),
    /// The response is larger than the limit.
    #[error("the answer of Keystone is too long")]
    TooLarge,
    /// Keystone rejected the service's own credentials or token.
    #[error("Keystone refuses the service's own credentials: see [auth.keystone]")]
    CredentialsRefused,
    /// A login of the service failed recently, and the next one has to wait.
    #[error("the service could not log in at Keystone a moment ago")]
    LoginBackoff,
    /// The service's own user is not allowed to validate tokens.
    #[error("the service's own user may not validate tokens: it needs the role service or admin")]
    Forbidden,
    /// No permit was granted in time, or too many requests are waiting for one.
    #[error("too many tokens are being validated at once")]
    Busy,
}

impl KeystoneError {
    /// Whether another attempt may succeed.
    pub(super) fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Status(status) => status.is_server_error(),
            _ => false,
        }
    }
}

/// Why a validation did not find a token valid.
#[derive(Debug, thiserror::Error)]
pub(super) enum ValidationError {
    /// Keystone does not know the token, or the token has expired.
    #[error("the token is not valid")]
    Invalid,
    /// Keystone could not validate the token.
    #[error(transparent)]
    Keystone(#[from] KeystoneError),
}

/// The HTTP client for Keystone cannot be created from its options.
#[derive(Debug, thiserror::Error)]
#[error("cannot create the client for Keystone: {0}")]
pub struct KeystoneClientError(String);

impl KeystoneClientError {
    /// Keeps the message of `error` and of its source.
    pub(super) fn from_error(error: impl Error) -> Self {
        let source = error
            .source()
            .map(|source| format!(": {source}"))
            .unwrap_or_default();
        Self(format!("{error}{source}"))
    }
}

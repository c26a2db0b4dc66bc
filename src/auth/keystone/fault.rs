//! What can go wrong between the service and its Keystone. Nothing of it says anything about a token.

use reqwest::StatusCode;

/// Keystone cannot say whether a token is valid.
#[derive(Debug, thiserror::Error)]
pub enum KeystoneFault {
    /// No answer.
    #[error("Keystone cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// No answer within the time that a request has.
    #[error("Keystone takes too long")]
    Slow,
    /// An answer that says neither yes nor no.
    #[error("Keystone answered {0}")]
    Status(StatusCode),
    /// An answer that is not understood.
    #[error("the answer of Keystone is not understood: {0}")]
    Malformed(&'static str),
    /// An answer that is longer than any.
    #[error("the answer of Keystone is too long")]
    TooLong,
    /// The service's own login is refused.
    #[error("Keystone refuses the service's own credentials: see [auth.keystone]")]
    Refused,
    /// The service's own login failed a moment ago.
    #[error("the service could not log in at Keystone a moment ago")]
    NoLogin,
    /// The service's own user may not validate tokens.
    #[error("the service's own user may not validate tokens: it needs the role service or admin")]
    Forbidden,
    /// Keystone is being asked for too many tokens.
    #[error("too many tokens are being validated at once")]
    Busy,
}

impl KeystoneFault {
    /// Whether another attempt may do better.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable(_) => true,
            Self::Status(status) => status.is_server_error(),
            _ => false,
        }
    }
}

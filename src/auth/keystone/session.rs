//! The current session of the service's own user and its renewal.
//!
//! At most one login is in progress. Requests share the session, and a session that is still valid
//! is renewed in the background. Logins back off after a failure.

use std::error::Error;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::error::KeystoneError;
use super::http::HttpClient;
use super::login::{Session, log_in};

/// Backoff after a failed login. Requests that queued behind the failed login fail at once instead
/// of each retrying it.
const FAILED_LOGIN_BACKOFF: Duration = Duration::from_secs(1);

/// Backoff after refused credentials, which further attempts do not help but which can lock the
/// account.
const REFUSED_LOGIN_BACKOFF: Duration = Duration::from_secs(10);

/// Holds the current session and renews it.
#[derive(Debug, Default)]
pub(super) struct SessionManager {
    current: RwLock<Option<Session>>,
    /// Locked during a login. Contains the backoff if the latest login failed.
    login: Arc<Mutex<Option<LoginBackoff>>>,
}

/// The time until which no login is attempted.
#[derive(Debug)]
struct LoginBackoff {
    until: Instant,
    was_refused: bool,
}

impl LoginBackoff {
    /// The backoff that starts now, after a login failed with `error`.
    fn after(error: &KeystoneError) -> Self {
        let was_refused = matches!(error, KeystoneError::CredentialsRefused);
        let duration = if was_refused {
            REFUSED_LOGIN_BACKOFF
        } else {
            FAILED_LOGIN_BACKOFF
        };
        Self {
            until: Instant::now() + duration,
            was_refused,
        }
    }

    fn is_active(&self) -> bool {
        Instant::now() < self.until
    }

    fn error(&self) -> KeystoneError {
        if self.was_refused {
            KeystoneError::CredentialsRefused
        } else {
            KeystoneError::LoginBackoff
        }
    }
}

impl SessionManager {
    /// Returns the current session if it has not expired and is not `refused`, and starts its
    /// renewal in the background when that is due. Otherwise one caller logs in, and all others
    /// wait for the result.
    pub(super) async fn session(
        self: &Arc<Self>,
        http: &Arc<HttpClient>,
        refused: Option<&Session>,
    ) -> Result<Session, KeystoneError> {
        if let Some(session) = self.current(refused) {
            if session.renew_at <= Timestamp::now() {
                self.renew_in_background(http);
            }
            return Ok(session);
        }
        let mut backoff = self.login.lock().await;
        match self.current(refused) {
            Some(session) => Ok(session),
            None => self.renew(http, &mut backoff).await,
        }
    }

    /// The current session, unless it has expired or is `refused`.
    fn current(&self, refused: Option<&Session>) -> Option<Session> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current
            .as_ref()
            .filter(|current| refused.is_none_or(|refused| refused.token != current.token))
            .filter(|current| Timestamp::now() < current.expires_at)
            .cloned()
    }

    /// Spawns the renewal, unless a login is in progress or backs off.
    fn renew_in_background(self: &Arc<Self>, http: &Arc<HttpClient>) {
        let Ok(mut backoff) = Arc::clone(&self.login).try_lock_owned() else {
            return;
        };
        // Another renewal may have finished since the caller read the session.
        let is_fresh = self
            .current(None)
            .is_some_and(|session| Timestamp::now() < session.renew_at);
        if is_fresh || backoff.as_ref().is_some_and(LoginBackoff::is_active) {
            return;
        }
        let (sessions, http) = (Arc::clone(self), Arc::clone(http));
        tokio::spawn(async move {
            if let Err(error) = sessions.renew(&http, &mut backoff).await {
                let cause = &error as &dyn Error;
                tracing::warn!(
                    cause,
                    "the service's own login at Keystone could not be renewed"
                );
            }
        });
    }

    /// Logs in and replaces the session, unless a failed login backs off.
    async fn renew(
        &self,
        http: &HttpClient,
        backoff: &mut Option<LoginBackoff>,
    ) -> Result<Session, KeystoneError> {
        if let Some(backoff) = backoff.as_ref().filter(|backoff| backoff.is_active()) {
            return Err(backoff.error());
        }
        match log_in(http).await {
            Ok(session) => {
                *backoff = None;
                *self.current.write().unwrap_or_else(PoisonError::into_inner) =
                    Some(session.clone());
                Ok(session)
            }
            Err(error) => {
                *backoff = Some(LoginBackoff::after(&error));
                Err(error)
            }
        }
    }
}

//! The service's own login at Keystone: the token with which it asks for those of others, and where it asks.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::HeaderValue;
use reqwest::{StatusCode, Url};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::KeystoneFault;
use super::answer::{TokenAnswer, Versions};
use super::client::Http;
use super::options::is_in_clear;

/// A token is renewed when less than this is left of it; of one that is short-lived, when a quarter is left.
const RENEWAL: SignedDuration = SignedDuration::from_mins(5);

/// How long a login that failed is not tried again, so that those who waited for it need not fail one after the other.
const PAUSE: Duration = Duration::from_secs(1);

/// The same for one that was refused: a wrong password does not get better, but it can lock an account.
const PAUSE_REFUSED: Duration = Duration::from_secs(10);

/// What the service asks with.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// The service's own token.
    pub(super) token: HeaderValue,
    /// Where tokens are validated, with `/v3` and no slash at its end.
    pub(super) endpoint: Url,
    renew_at: Timestamp,
    expires_at: Timestamp,
}

/// The session there is, and the one way to a new one.
#[derive(Debug, Default)]
pub(super) struct Login {
    session: RwLock<Option<Session>>,
    /// Held by the one who logs in. Until when no login is tried, if the last one failed.
    attempt: Arc<Mutex<Option<Pause>>>,
}

#[derive(Debug)]
struct Pause {
    until: Instant,
    is_refused: bool,
}

impl Login {
    /// The session there is, if it has not ended and is not `refused`; nobody waits for its renewal, which one task does in the
    /// background. Without such a session one request logs in and the others wait for it.
    pub(super) async fn session(
        self: &Arc<Self>,
        http: &Arc<Http>,
        refused: Option<&Session>,
    ) -> Result<Session, KeystoneFault> {
        if let Some(session) = self.good(refused) {
            if session.renew_at <= Timestamp::now() {
                self.renew_in_background(http);
            }
            return Ok(session);
        }
        let mut pause = self.attempt.lock().await;
        match self.good(refused) {
            Some(session) => Ok(session),
            None => self.renew(http, &mut pause).await,
        }
    }

    /// The session there is, if it is good for something.
    fn good(&self, refused: Option<&Session>) -> Option<Session> {
        let session = self.session.read().unwrap_or_else(PoisonError::into_inner);
        let session = session
            .as_ref()
            .filter(|known| refused.is_none_or(|refused| refused.token != known.token));
        session
            .filter(|session| Timestamp::now() < session.expires_at)
            .cloned()
    }

    /// Starts the renewal, unless it is under way or failed a moment ago.
    fn renew_in_background(self: &Arc<Self>, http: &Arc<Http>) {
        let Ok(mut pause) = Arc::clone(&self.attempt).try_lock_owned() else {
            return;
        };
        // The last renewal may have ended since the session was looked at.
        let is_fresh = self
            .good(None)
            .is_some_and(|session| Timestamp::now() < session.renew_at);
        if is_fresh
            || pause
                .as_ref()
                .is_some_and(|pause| Instant::now() < pause.until)
        {
            return;
        }
        let (login, http) = (Arc::clone(self), Arc::clone(http));
        tokio::spawn(async move {
            if let Err(fault) = login.renew(&http, &mut pause).await {
                let cause = &fault as &dyn std::error::Error;
                tracing::warn!(
                    cause,
                    "the service's own login at Keystone could not be renewed"
                );
            }
        });
    }

    /// A new session, unless it is known that there is none to be had.
    async fn renew(
        &self,
        http: &Http,
        pause: &mut Option<Pause>,
    ) -> Result<Session, KeystoneFault> {
        if let Some(pause) = pause.as_ref().filter(|pause| Instant::now() < pause.until) {
            return Err(if pause.is_refused {
                KeystoneFault::Refused
            } else {
                KeystoneFault::NoLogin
            });
        }
        match log_in(http).await {
            Ok(session) => {
                *pause = None;
                *self.session.write().unwrap_or_else(PoisonError::into_inner) =
                    Some(session.clone());
                Ok(session)
            }
            Err(fault) => {
                let is_refused = matches!(fault, KeystoneFault::Refused);
                let time = if is_refused { PAUSE_REFUSED } else { PAUSE };
                *pause = Some(Pause {
                    until: Instant::now() + time,
                    is_refused,
                });
                Err(fault)
            }
        }
    }
}

/// Logs the service in at `auth_url`.
async fn log_in(http: &Http) -> Result<Session, KeystoneFault> {
    let base = identity_api(http).await?;
    let mut url = base.clone();
    url.set_path(&format!("{}/auth/tokens", base.path()));
    let answer = http
        .send(
            http.client
                .post(url)
                .json(&http.options.credential.to_json()),
        )
        .await?;
    match answer.status {
        StatusCode::CREATED => {}
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(KeystoneFault::Refused),
        status => return Err(KeystoneFault::Status(status)),
    }
    let mut token = answer
        .headers
        .get("x-subject-token")
        .cloned()
        .ok_or(KeystoneFault::Malformed("no X-Subject-Token"))?;
    token.set_sensitive(true);
    let answer: TokenAnswer = answer.json()?;
    let (interface, region) = (&http.options.interface, http.options.region.as_deref());
    let endpoint = answer.identity_endpoint(interface, region).map(|mut url| {
        with_v3(&mut url);
        url
    });
    if endpoint.is_none() {
        tracing::warn!(
            interface,
            region,
            "the catalog has no such identity endpoint: tokens are validated at auth_url"
        );
    }
    if endpoint.as_ref().is_some_and(is_in_clear) && !http.options.is_in_clear() {
        tracing::warn!(
            "the identity endpoint in the catalog is not https: whoever is on the way sees every token"
        );
    }
    let expires_at = answer.expires_at();
    let quarter = expires_at.duration_since(Timestamp::now()) / 4;
    Ok(Session {
        token,
        endpoint: endpoint.unwrap_or(base),
        renew_at: expires_at - quarter.min(RENEWAL),
        expires_at,
    })
}

/// The Identity API v3 at `auth_url`: there, or where its list of versions says, or below `/v3`.
async fn identity_api(http: &Http) -> Result<Url, KeystoneFault> {
    let mut url = http.options.auth_url.clone();
    if !url.path().trim_end_matches('/').ends_with("/v3") {
        let answer = http.send(http.get(url.clone())).await?;
        if let Some(path) = answer
            .json::<Versions>()
            .ok()
            .and_then(|versions| versions.v3_path(&url))
        {
            url.set_path(&path);
        }
    }
    with_v3(&mut url);
    Ok(url)
}

/// Ends the path of `url` in `/v3`.
fn with_v3(url: &mut Url) {
    let path = url.path().trim_end_matches('/');
    let path = if path.ends_with("/v3") {
        path.to_owned()
    } else {
        format!("{path}/v3")
    };
    url.set_path(&path);
}

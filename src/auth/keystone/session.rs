//! The service's own login at Keystone: the token with which it asks for those of others, and where it asks.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use reqwest::header::HeaderValue;
use reqwest::{StatusCode, Url};
use tokio::time::Instant;

use super::KeystoneFault;
use super::answer::{TokenAnswer, Versions};
use super::client::Http;
use super::options::is_in_clear;

/// A token that ends sooner than this is replaced, if that is possible.
const RESERVE: SignedDuration = SignedDuration::from_secs(30);

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
    expires_at: Timestamp,
}

/// The session there is, and until when none can be had.
#[derive(Debug, Default)]
pub(super) struct Login {
    session: Option<Session>,
    pause: Option<Pause>,
}

#[derive(Debug)]
struct Pause {
    until: Instant,
    is_refused: bool,
}

impl Login {
    /// The session there is, or a new one if it ends soon or is `refused`. If there is no new one, the old one is good
    /// until it ends.
    pub(super) async fn session(&mut self, http: &Http, refused: Option<&Session>) -> Result<Session, KeystoneFault> {
        let now = Timestamp::now();
        let known = self.session.as_ref().filter(|known| refused.is_none_or(|refused| refused.token != known.token));
        if let Some(session) = known.filter(|session| session.expires_at > now + RESERVE) {
            return Ok(session.clone());
        }
        let last = known.filter(|session| session.expires_at > now).cloned();
        self.renewed(http).await.or_else(|fault| last.ok_or(fault))
    }

    /// A new session, unless it is known that there is none to be had.
    async fn renewed(&mut self, http: &Http) -> Result<Session, KeystoneFault> {
        if let Some(pause) = self.pause.as_ref().filter(|pause| Instant::now() < pause.until) {
            return Err(if pause.is_refused { KeystoneFault::Refused } else { KeystoneFault::NoLogin });
        }
        match log_in(http).await {
            Ok(session) => {
                self.pause = None;
                Ok(self.session.insert(session).clone())
            }
            Err(fault) => {
                let is_refused = matches!(fault, KeystoneFault::Refused);
                let pause = if is_refused { PAUSE_REFUSED } else { PAUSE };
                self.pause = Some(Pause { until: Instant::now() + pause, is_refused });
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
    let answer = http.send(http.client.post(url).json(&http.options.credential.to_json())).await?;
    match answer.status {
        StatusCode::CREATED => {}
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Err(KeystoneFault::Refused),
        status => return Err(KeystoneFault::Status(status)),
    }
    let mut token =
        answer.headers.get("x-subject-token").cloned().ok_or(KeystoneFault::Malformed("no X-Subject-Token"))?;
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
        tracing::warn!("the identity endpoint in the catalog is not https: whoever is on the way sees every token");
    }
    Ok(Session { token, endpoint: endpoint.unwrap_or(base), expires_at: answer.expires_at() })
}

/// The Identity API v3 at `auth_url`: there, or where its list of versions says, or below `/v3`.
async fn identity_api(http: &Http) -> Result<Url, KeystoneFault> {
    let mut url = http.options.auth_url.clone();
    if !url.path().trim_end_matches('/').ends_with("/v3") {
        let answer = http.send(http.get(url.clone())).await?;
        if let Some(path) = answer.json::<Versions>().ok().and_then(|versions| versions.v3_path(&url)) {
            url.set_path(&path);
        }
    }
    with_v3(&mut url);
    Ok(url)
}

/// Ends the path of `url` in `/v3`.
fn with_v3(url: &mut Url) {
    let path = url.path().trim_end_matches('/');
    let path = if path.ends_with("/v3") { path.to_owned() } else { format!("{path}/v3") };
    url.set_path(&path);
}

//! Token validation by `GET /v3/auth/tokens`, in a session of the service's own user.

use std::sync::Arc;

use reqwest::StatusCode;
use reqwest::header::HeaderValue;

use super::error::{KeystoneClientError, KeystoneError};
use super::http::{HttpClient, Response};
use super::login::Session;
use super::options::KeystoneOptions;
use super::response_body::{ErrorResponse, TokenResponse, ValidatedToken};
use super::session::SessionManager;
use super::statistics::RequestCounter;
use crate::auth::token::Token;

/// Validates tokens at one Keystone.
#[derive(Debug)]
pub(super) struct KeystoneClient {
    http: Arc<HttpClient>,
    sessions: Arc<SessionManager>,
}

impl KeystoneClient {
    pub(super) fn new(options: KeystoneOptions) -> Result<Self, KeystoneClientError> {
        Ok(Self {
            http: Arc::new(HttpClient::new(options)?),
            sessions: Arc::default(),
        })
    }

    /// Whether Keystone hangs, as far as the latest attempt or validation shows.
    pub(super) fn is_hanging(&self) -> bool {
        self.http.is_hanging()
    }

    /// What has been counted of the requests to Keystone.
    pub(super) fn requests(&self) -> &RequestCounter {
        &self.http.requests
    }

    /// Records that a validation was cancelled by its timeout, and returns the error for it.
    pub(super) fn report_timeout(&self) -> KeystoneError {
        self.http.set_hanging(true);
        KeystoneError::Timeout
    }

    /// Validates `token` at Keystone. Returns `None` if Keystone does not know the token, or does
    /// not accept it any more.
    pub(super) async fn validate(
        &self,
        token: &Token,
    ) -> Result<Option<ValidatedToken>, KeystoneError> {
        let session = self.sessions.session(&self.http, None).await?;
        match self.request(&session, token).await {
            Err(KeystoneError::CredentialsRefused) => {
                // Keystone revoked the service's own token before its expiry: log in and retry
                // once.
                let session = self.sessions.session(&self.http, Some(&session)).await?;
                self.request(&session, token).await
            }
            outcome => outcome,
        }
    }

    async fn request(
        &self,
        session: &Session,
        token: &Token,
    ) -> Result<Option<ValidatedToken>, KeystoneError> {
        let mut url = session.endpoint.clone();
        url.set_path(&format!("{}/auth/tokens", url.path()));
        url.set_query(Some("nocatalog"));
        let mut subject = HeaderValue::from_str(token.expose())
            .map_err(|_| KeystoneError::Malformed("a token"))?;
        subject.set_sensitive(true);
        let request = self
            .http
            .client
            .get(url)
            .header("X-Auth-Token", &session.token)
            .header("X-Subject-Token", subject);
        self.http.send(request, understand).await
    }
}

/// The token that the response to a validation describes; `None` if it is not valid.
fn understand(response: &Response) -> Result<Option<ValidatedToken>, KeystoneError> {
    match response.status {
        StatusCode::OK => Ok(Some(response.json::<TokenResponse>()?.into_validated())),
        StatusCode::NOT_FOUND if is_from_keystone(response) => Ok(None),
        StatusCode::UNAUTHORIZED => Err(KeystoneError::CredentialsRefused),
        StatusCode::FORBIDDEN => Err(KeystoneError::Forbidden),
        status => Err(KeystoneError::Status(status)),
    }
}

/// Whether an error response comes from Keystone, and not from a proxy that cannot find Keystone.
fn is_from_keystone(response: &Response) -> bool {
    response
        .json::<ErrorResponse>()
        .is_ok_and(|error| error.code() == response.status.as_u16())
}

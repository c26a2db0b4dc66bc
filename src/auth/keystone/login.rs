//! The login of the service's own user: finds the Identity API, gets a token and the endpoint at
//! which tokens are validated.

use jiff::{SignedDuration, Timestamp};
use reqwest::header::HeaderValue;
use reqwest::{StatusCode, Url};

use super::error::KeystoneError;
use super::http::{HttpClient, Response};
use super::options::is_plaintext;
use super::response_body::{TokenResponse, VersionsResponse};

/// A session is renewed this long before its token expires, or in the last quarter of the token's
/// lifetime if that is shorter.
const RENEWAL_MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// The result of a login.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// The service's own token.
    pub(super) token: HeaderValue,
    /// The base URL for validations. It ends in `/v3`, without a trailing slash.
    pub(super) endpoint: Url,
    pub(super) renew_at: Timestamp,
    pub(super) expires_at: Timestamp,
}

/// Logs the service in at `auth_url`.
pub(super) async fn log_in(http: &HttpClient) -> Result<Session, KeystoneError> {
    let base = identity_api(http).await?;
    let mut url = base.clone();
    url.set_path(&format!("{}/auth/tokens", base.path()));
    let request = http
        .client
        .post(url)
        .json(&http.options.credential.to_json());
    let (token, body) = http.send(request, understand).await?;
    let expires_at = body.expires_at();
    let quarter = expires_at.duration_since(Timestamp::now()) / 4;
    Ok(Session {
        token,
        endpoint: catalog_endpoint(http, &body).unwrap_or(base),
        renew_at: expires_at - quarter.min(RENEWAL_MARGIN),
        expires_at,
    })
}

/// The token that the response to a login has in its header, and its description.
fn understand(response: &Response) -> Result<(HeaderValue, TokenResponse), KeystoneError> {
    match response.status {
        StatusCode::CREATED => {}
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            return Err(KeystoneError::CredentialsRefused);
        }
        status => return Err(KeystoneError::Status(status)),
    }
    let mut token = response
        .headers
        .get("x-subject-token")
        .cloned()
        .ok_or(KeystoneError::Malformed("no X-Subject-Token"))?;
    token.set_sensitive(true);
    Ok((token, response.json()?))
}

/// The identity endpoint of the catalog for the configured interface and region. Logs a warning if
/// the catalog has none, or one that is less safe than `auth_url`.
fn catalog_endpoint(http: &HttpClient, body: &TokenResponse) -> Option<Url> {
    let (interface, region) = (&http.options.interface, http.options.region.as_deref());
    let endpoint = body.identity_endpoint(interface, region).map(|mut url| {
        append_v3(&mut url);
        url
    });
    if endpoint.is_none() {
        tracing::warn!(
            interface,
            region,
            "the catalog has no such identity endpoint: tokens are validated at auth_url"
        );
    }
    if endpoint.as_ref().is_some_and(is_plaintext) && !http.options.is_plaintext() {
        tracing::warn!(
            "the identity endpoint in the catalog is not https: tokens can be read on the network"
        );
    }
    endpoint
}

/// Finds the Identity API v3: at `auth_url` itself, at the path that the list of versions there
/// names, or else at `/v3` below `auth_url`.
async fn identity_api(http: &HttpClient) -> Result<Url, KeystoneError> {
    let mut url = http.options.auth_url.clone();
    if !url.path().trim_end_matches('/').ends_with("/v3") {
        let understand = |response: &Response| response.json::<VersionsResponse>();
        match http.send(http.get(url.clone()), understand).await {
            Ok(versions) => {
                if let Some(path) = versions.v3_path(&url) {
                    url.set_path(&path);
                }
            }
            Err(KeystoneError::Malformed(_)) => {}
            Err(error) => return Err(error),
        }
    }
    append_v3(&mut url);
    Ok(url)
}

/// Appends `/v3` to the path of `url`, unless it ends in it, and removes trailing slashes.
fn append_v3(url: &mut Url) {
    let path = url.path().trim_end_matches('/');
    let path = if path.ends_with("/v3") {
        path.to_owned()
    } else {
        format!("{path}/v3")
    };
    url.set_path(&path);
}

//! `/v3/auth/tokens`: issue, show and revoke tokens.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use jiff::{SignedDuration, Timestamp};

use super::credentials::{SUBJECT, subject};
use super::error::IdentityError;
use super::grants::{grant_for_token, new_grant, scope_to};
use super::login::{self, Method};
use super::service::{BaseUrl, IdentityService};
use super::view;
use crate::auth::{AddTokenError, Grant, LoginError, Token, User};

/// Keystone's rule for the revocation of a token.
const REVOKE_TOKEN: &str = "revoke_token";

/// Issues a token for a login: 201, with the token in `X-Subject-Token`.
pub(super) async fn issue(
    State(service): State<Arc<IdentityService>>,
    Extension(base): Extension<BaseUrl>,
    request: Request,
) -> Result<Response, IdentityError> {
    let body = service.bodies.short_json(request).await?.value()?;
    let (method, scope) = login::read(body)?;
    let (user, mut grant) = authenticate(&service, method).await?;
    scope_to(&mut grant, user, &scope)?;

    let text = random_token()?;
    let token = Token::new(text.as_bytes());
    let token = token.ok_or_else(|| IdentityError::internal("a new token is malformed"))?;
    let body = view::token(&service, &base, &grant, true);
    let added = service.tokens.add(&token, grant, service.generation);
    added.map_err(|error| match error {
        AddTokenError::Outdated => IdentityError::Unauthorized,
        AddTokenError::TooMany => IdentityError::Busy(error.into()),
    })?;
    let mut header = HeaderValue::from_str(&text).map_err(IdentityError::internal)?;
    header.set_sensitive(true);
    Ok((StatusCode::CREATED, [(SUBJECT, header)], Json(body)).into_response())
}

/// The user that `method` proves, and the grant of an unscoped token for it.
async fn authenticate(
    service: &IdentityService,
    method: Method,
) -> Result<(&User, Grant), IdentityError> {
    let now = Timestamp::now();
    match method {
        Method::Password(user, password) => {
            let user = service.directory.login(&user, &password).await;
            let user = user.map_err(|error| match error {
                LoginError::InvalidCredentials => IdentityError::Unauthorized,
                LoginError::Busy => IdentityError::Busy(error.into()),
            })?;
            let lifetime = SignedDuration::try_from(service.token_lifetime);
            let expires_at = now + lifetime.map_err(IdentityError::internal)?;
            Ok((user, new_grant(user, now, expires_at)))
        }
        Method::Token(token) => {
            let old = service.tokens.grant(&token);
            let old = old.ok_or(IdentityError::Unauthorized)?;
            // A static token is no login: it never expires, and may grant less than its user has
            // here.
            let expires_at = old.expires_at.ok_or(IdentityError::Unauthorized)?;
            let user = service.directory.user(&old.identity.user);
            let user = user.ok_or(IdentityError::Unauthorized)?;
            Ok((user, grant_for_token(user, &old, now, expires_at)))
        }
    }
}

/// 256 random bits from the operating system.
fn random_token() -> Result<String, IdentityError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(IdentityError::internal)?;
    Ok(hex::encode(bytes))
}

/// Answers a token with its grant.
pub(super) async fn show(
    State(service): State<Arc<IdentityService>>,
    Extension(base): Extension<BaseUrl>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, IdentityError> {
    let (_, grant) = subject(&headers, &service, "validate_token")?;
    let with_catalog = !uri
        .query()
        .unwrap_or_default()
        .split('&')
        .any(|parameter| parameter.starts_with("nocatalog"));
    let body = view::token(&service, &base, &grant, with_catalog);
    let mut header = headers
        .get(SUBJECT)
        .cloned()
        .ok_or_else(|| IdentityError::internal("the header has disappeared"))?;
    header.set_sensitive(true);
    Ok(([(SUBJECT, header)], Json(body)).into_response())
}

/// Revokes a token.
pub(super) async fn revoke(
    State(service): State<Arc<IdentityService>>,
    headers: HeaderMap,
) -> Result<StatusCode, IdentityError> {
    let (token, grant) = subject(&headers, &service, REVOKE_TOKEN)?;
    // A static token stands in the configuration and is revoked there.
    if grant.expires_at.is_none() {
        return Err(IdentityError::Forbidden(REVOKE_TOKEN));
    }
    service.tokens.revoke(&token);
    Ok(StatusCode::NO_CONTENT)
}

//! The tokens in the headers of a request: the caller's, and the one that the call is about.

use std::sync::Arc;

use axum::http::HeaderMap;

use super::error::IdentityError;
use super::service::IdentityService;
use crate::auth::{Grant, Token};

/// The header with the token that a call is about.
pub(super) const SUBJECT: &str = "x-subject-token";

/// The valid token in the header `name`, which must occur once.
fn token_in(
    headers: &HeaderMap,
    name: &str,
    service: &IdentityService,
) -> Option<(Token, Arc<Grant>)> {
    let mut values = headers.get_all(name).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let token = Token::new(value.as_bytes())?;
    let grant = service.tokens.grant(&token)?;
    Some((token, grant))
}

/// The grant of the caller's token.
pub(super) fn caller(
    headers: &HeaderMap,
    service: &IdentityService,
) -> Result<Arc<Grant>, IdentityError> {
    token_in(headers, "x-auth-token", service)
        .map(|(_, grant)| grant)
        .ok_or(IdentityError::Unauthorized)
}

/// The token that the call is about. The caller must be its user, or an admin: `policy` is the name
/// of the rule.
pub(super) fn subject(
    headers: &HeaderMap,
    service: &IdentityService,
    policy: &'static str,
) -> Result<(Token, Arc<Grant>), IdentityError> {
    let caller = caller(headers, service)?;
    let not_found = || IdentityError::NotFound("Could not find token.".to_owned());
    let (token, grant) = token_in(headers, SUBJECT, service).ok_or_else(not_found)?;
    if caller.identity.is_admin() || caller.identity.user == grant.identity.user {
        Ok((token, grant))
    } else {
        Err(IdentityError::Forbidden(policy))
    }
}

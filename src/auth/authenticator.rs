//! The trait that every way to authenticate implements.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use async_trait::async_trait;

use super::token::Token;
use crate::identity::Identity;

/// Validates tokens.
#[async_trait]
pub trait Authenticator: fmt::Debug + Send + Sync + 'static {
    /// Returns the identity that `token` stands for, or `None` if the token is unknown, expired or
    /// revoked.
    ///
    /// `client` is the address that the request came from, if known. An authenticator with bounded
    /// concurrency uses it to share its capacity fairly between clients.
    ///
    /// # Errors
    ///
    /// [`AuthError`] if the identity service cannot validate the token now.
    async fn authenticate(
        &self,
        token: &Token,
        client: Option<IpAddr>,
    ) -> Result<Option<Arc<Identity>>, AuthError>;

    /// Revokes the tokens that this process has issued itself, if it issues any.
    fn revoke_issued(&self) {}
}

/// The identity service is not available. The token may or may not be valid.
#[derive(Debug, thiserror::Error)]
#[error("the identity service is not available")]
pub struct AuthError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

//! Finds the addresses of names, and leaves out those that may not be reached.
//!
//! The connection is made to an address that was checked: a name that leads elsewhere at its next
//! resolution gains nothing.

use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::error::WebError;
use super::options::WebOptions;

/// Resolves names by the system, within [`WebOptions`].
pub(super) struct Resolver(pub(super) Arc<WebOptions>);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let options = Arc::clone(&self.0);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<_> = found
                .filter(|address| options.allows_address(address.ip()))
                .collect();
            if allowed.is_empty() {
                return Err(WebError::NotAllowed.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

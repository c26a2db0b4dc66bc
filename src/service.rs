//! Puts the service together from its configuration: store, authenticator, API.

use std::sync::Arc;

use tracing::warn;

use crate::api::{Api, Context, IdentityService, Settings};
use crate::auth::{Directory, TokenTable};
use crate::config::{AuthMode, Config, StoreUrl};
use crate::store::{ImageStore, Memory};

/// The service that `config` describes.
///
/// Fails only if the operating system has no random numbers.
pub fn configured(config: &Config) -> Result<Api, getrandom::Error> {
    over(store(config), config)
}

/// The same over another store.
pub fn over(store: Arc<dyn ImageStore>, config: &Config) -> Result<Api, getrandom::Error> {
    let tokens = Arc::new(match config.auth.mode {
        AuthMode::Static => TokenTable::new(config.auth.grants())?,
    });
    let context = Context::new(store, Arc::clone(&tokens) as _, Settings::from(config));
    if config.identity.enabled {
        warn!("the embedded identity is for development: its users stand in the configuration");
        return Ok(Api::new(context.with_identity(identity(config, tokens)?)));
    }
    if config.auth.tokens.is_empty() {
        warn!("there are no tokens in the configuration: every request will be 401");
    }
    Ok(Api::new(context))
}

/// The store, filled with the images of the configuration if it is empty.
fn store(config: &Config) -> Arc<dyn ImageStore> {
    match config.store.url {
        StoreUrl::Memory => {
            warn!("the store is in memory: it forgets every change at a restart");
            Arc::new(Memory::holding(config.images.iter().cloned()))
        }
    }
}

/// The embedded identity, which issues its tokens into `tokens`.
fn identity(config: &Config, tokens: Arc<TokenTable>) -> Result<IdentityService, getrandom::Error> {
    let config = &config.identity;
    Ok(IdentityService {
        directory: Directory::new(config.users(), config.projects.clone())?,
        tokens,
        token: config.token,
        region: config.region.clone(),
    })
}

//! Puts the service together from its configuration: store, authenticator, API.

use std::sync::Arc;

use tracing::warn;

use crate::api::{Api, Context, Settings};
use crate::auth::{Authenticator, StaticTokens};
use crate::config::{AuthMode, Config, StoreUrl};
use crate::store::{ImageStore, Memory};

/// The service that `config` describes.
///
/// Fails only if the operating system has no random numbers.
pub fn configured(config: &Config) -> Result<Api, getrandom::Error> {
    let context = Context::new(store(config), authenticator(config)?, Settings::from(config));
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

fn authenticator(config: &Config) -> Result<Arc<dyn Authenticator>, getrandom::Error> {
    match config.auth.mode {
        AuthMode::Static => {
            if config.auth.tokens.is_empty() {
                warn!("there are no tokens in the configuration: every request will be 401");
            }
            Ok(Arc::new(StaticTokens::new(config.auth.identities())?))
        }
    }
}

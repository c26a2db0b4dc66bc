//! Puts the service together from its configuration: store, authenticator, API.

use std::error::Error;
use std::sync::Arc;

use tracing::warn;

use crate::api::{Api, Context, IdentityService, Settings};
use crate::auth::{Directory, KeystoneAuthenticator, TokenTable};
use crate::budget::Budget;
use crate::config::{AuthMode, Config, StoreUrl};
use crate::store::{ImageStore, Memory, OpenError, Sql};

/// Why there is no service.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The operating system has no random numbers.
    #[error(transparent)]
    Random(#[from] getrandom::Error),
    /// Keystone cannot be asked.
    #[error("auth.keystone: {0}")]
    Keystone(String),
    /// The store cannot be used.
    #[error(transparent)]
    Store(#[from] OpenError),
}

/// The service that `config` describes.
pub async fn configured(config: &Config) -> Result<Api, StartError> {
    let budget = Budget::new(config.limits.memory_bytes);
    over(store(config, budget.clone()).await?, budget, config)
}

/// The same over another store, with which it shares the `budget`.
pub fn over(
    store: Arc<dyn ImageStore>,
    budget: Budget,
    config: &Config,
) -> Result<Api, StartError> {
    let settings = Settings::from(config);
    match config.auth.mode {
        AuthMode::Static => Ok(Api::new(with_tokens(store, budget, settings, config)?)),
        AuthMode::Keystone => Ok(Api::new(Context::new(
            store,
            Arc::new(keystone(config)?),
            budget,
            settings,
        ))),
    }
}

/// The tokens of the configuration, and the embedded identity if it is wanted.
fn with_tokens(
    store: Arc<dyn ImageStore>,
    budget: Budget,
    settings: Settings,
    config: &Config,
) -> Result<Context, StartError> {
    let tokens = Arc::new(TokenTable::new(config.auth.grants())?);
    let context = Context::new(store, Arc::clone(&tokens) as _, budget, settings);
    let examples = config.example_credentials().join(", ");
    if !examples.is_empty() {
        warn!(
            examples,
            "credentials of the example configuration are in use: everybody knows them"
        );
    }
    if config.identity.enabled {
        warn!("the embedded identity is for development: its users stand in the configuration");
        return Ok(context.with_identity(identity(config, tokens)?));
    }
    if config.auth.tokens.is_empty() {
        warn!("there are no tokens in the configuration: every request will be 401");
    }
    Ok(context)
}

/// The Keystone that knows the tokens. It need not be there yet.
fn keystone(config: &Config) -> Result<KeystoneAuthenticator, StartError> {
    let options = config
        .auth
        .keystone
        .options()
        .map_err(StartError::Keystone)?;
    if options.insecure {
        warn!("auth.keystone.insecure: anybody on the way can be Keystone");
    }
    if options.is_plaintext() {
        warn!("auth.keystone.auth_url is not https: whoever is on the way sees every token");
    }
    KeystoneAuthenticator::new(options, config.server.request_timeout)
        .map_err(|error| StartError::Keystone(error.to_string()))
}

/// The store to read from: in a database, one that is there and up to date, in which nothing is changed.
pub async fn store_to_read(config: &Config) -> Result<Arc<dyn ImageStore>, OpenError> {
    match &config.store.url {
        StoreUrl::Memory => Ok(Arc::new(Memory::holding(config.images.iter().cloned()))),
        StoreUrl::Sql(url) => {
            let budget = Budget::new(config.limits.memory_bytes);
            let store = Sql::to_read(
                url.clone(),
                config.store.connections,
                config.store.timeout,
                budget,
            );
            store.open_as_it_is().await?;
            Ok(Arc::new(store))
        }
    }
}

/// The store as it is, for an import: without the images of the configuration if it is in a database.
pub async fn store_as_it_is(config: &Config) -> Result<Arc<dyn ImageStore>, OpenError> {
    match &config.store.url {
        StoreUrl::Memory => Ok(Arc::new(Memory::holding(config.images.iter().cloned()))),
        StoreUrl::Sql(url) => {
            let budget = Budget::new(config.limits.memory_bytes);
            let store = Sql::new(
                url.clone(),
                config.store.connections,
                config.store.timeout,
                budget,
            );
            store.open(&[]).await?;
            Ok(Arc::new(store))
        }
    }
}

/// The store, filled with the images of the configuration if it is new.
async fn store(config: &Config, budget: Budget) -> Result<Arc<dyn ImageStore>, OpenError> {
    let url = match &config.store.url {
        StoreUrl::Memory => {
            warn!("the store is in memory: it forgets every change at a restart");
            let store = Memory::holding(config.images.iter().cloned());
            return Ok(Arc::new(store.with_max_bytes(config.store.max_bytes)));
        }
        StoreUrl::Sql(url) => url.clone(),
    };
    if let Some(host) = url.unverified_host() {
        warn!(
            host,
            "store.url: without verified TLS anybody on the way can be the database, and read its password"
        );
    }
    let store = Arc::new(Sql::new(
        url,
        config.store.connections,
        config.store.timeout,
        budget,
    ));
    match store.open(&config.images).await {
        Err(OpenError::Unavailable(source)) if config.store.wait_at_start => {
            warn!(
                error = &*source as &dyn Error,
                "the database is not available: until it is, answers are 503"
            );
            let (waiting, images) = (Arc::clone(&store), config.images.clone());
            tokio::spawn(async move { waiting.open_when_possible(&images).await });
        }
        outcome => outcome?,
    }
    Ok(store)
}

/// The embedded identity, which issues its tokens into `tokens`.
fn identity(config: &Config, tokens: Arc<TokenTable>) -> Result<IdentityService, getrandom::Error> {
    let config = &config.identity;
    Ok(IdentityService {
        directory: Directory::new(config.users(), config.projects.clone())?,
        tokens,
        token: config.token_ttl,
        region: config.region.clone(),
    })
}

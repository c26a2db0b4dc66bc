//! Builds the service from its configuration: store, authenticator, APIs.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use tracing::warn;

use super::configured_service::{ConfiguredService, labels};
use super::health::Health;
use super::settings::{body_limits, http_settings, quotas, upstream_options, web_options};
use crate::auth::{Authenticator, Directory, KeystoneAuthenticator, TokenTable};
use crate::budget::Budget;
use crate::config::{AuthMode, Config};
use crate::data::{DataOpenError, DataStore};
use crate::development::{Development, Faults, Resettable};
use crate::http::request::BodyReader;
use crate::identity_api::{IdentityApi, IdentityService};
use crate::image_api::{Backends, Background, Context, ImageApi};
use crate::metrics::{Metrics, RequestMetrics};
use crate::store::{ImageStore, OpenError};
use crate::telemetry::chain;
use crate::upstream::{Upstream, UpstreamError};
use crate::web_download::WebClient;

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The operating system provides no random numbers.
    #[error(transparent)]
    Random(#[from] getrandom::Error),
    /// The client for Keystone cannot be built.
    #[error("auth.keystone: {0}")]
    Keystone(String),
    /// The client for downloads cannot be built.
    #[error("import: {0}")]
    Import(String),
    /// The client for Glance cannot be built.
    #[error(transparent)]
    Upstream(#[from] UpstreamError),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The data store cannot be opened.
    #[error(transparent)]
    Data(#[from] DataOpenError),
}

/// What a service has from its start to its end, whatever configurations it takes over.
#[derive(Debug)]
pub(super) struct ProcessState {
    backends: Backends,
    budget: Budget,
    pub(super) health: Arc<Health>,
    tokens: Tokens,
    pub(super) faults: Arc<Faults>,
    /// What is measured, if it is.
    pub(super) metrics: Option<Arc<Metrics>>,
    /// Measures requests, once the routes are known.
    requests: OnceLock<RequestMetrics>,
    pub(super) background: Background,
    /// Whether the service drops what is still in flight.
    pub(super) is_stopped: Arc<AtomicBool>,
}

/// What validates tokens.
#[derive(Debug)]
pub(super) enum Tokens {
    /// The tokens of the configuration, and those that the embedded identity issues.
    Table(Arc<TokenTable>),
    Keystone(Arc<KeystoneAuthenticator>),
    /// Another authenticator.
    Other(Arc<dyn Authenticator>),
}

impl Tokens {
    /// What the configuration says.
    pub(super) fn configured(config: &Config) -> Result<Self, StartError> {
        Ok(match config.auth.mode {
            AuthMode::Static => Self::Table(Arc::new(TokenTable::new(config.auth.grants())?)),
            AuthMode::Keystone => Self::Keystone(Arc::new(keystone(config)?)),
        })
    }
}

impl ProcessState {
    /// Builds the state that survives reloads. `store` reserves from the same `budget`.
    pub(super) fn new(
        store: Arc<dyn ImageStore>,
        data: DataStore,
        tokens: Tokens,
        budget: Budget,
        config: &Config,
    ) -> Result<Self, StartError> {
        let upstream = upstream_options(config);
        let (store, metrics) = measured(store, config);
        if let Some(metrics) = &metrics {
            metrics.add_budget(budget.clone());
            if let Tokens::Keystone(keystone) = &tokens {
                metrics.add_keystone(Arc::clone(keystone));
            }
        }
        Ok(Self {
            health: Arc::new(Health::new(
                Arc::clone(&store),
                config.server.disable_file(),
            )),
            backends: Backends {
                store,
                data,
                web: web_client(config)?,
                upstream: upstream.as_ref().map(Upstream::new).transpose()?,
            },
            budget,
            tokens,
            faults: Arc::default(),
            metrics,
            requests: OnceLock::new(),
            background: Background::default(),
            is_stopped: Arc::default(),
        })
    }

    /// Builds everything that one configuration determines. `generation`: how often the tokens have
    /// been replaced.
    pub(super) fn build(
        &self,
        config: &Config,
        generation: u64,
    ) -> Result<ConfiguredService, StartError> {
        let settings = Arc::new(http_settings(config));
        let (authenticator, identity_api): (Arc<dyn Authenticator>, _) = match &self.tokens {
            Tokens::Table(tokens) => {
                let identity_api = identity_api(config, tokens, generation, &self.budget)?;
                (Arc::clone(tokens) as _, identity_api)
            }
            Tokens::Keystone(keystone) => (Arc::clone(keystone) as _, None),
            Tokens::Other(authenticator) => (Arc::clone(authenticator), None),
        };
        let context = Context::new(
            self.backends.clone(),
            self.budget.clone(),
            Arc::clone(&settings),
            quotas(config),
            config.tags.rules.clone(),
            config.tags.trusted_owners.as_slice().into(),
            self.background.clone(),
        );
        let image_api = ImageApi::new(context);
        let requests = || match &self.metrics {
            Some(metrics) => metrics.requests(labels(&image_api)),
            None => RequestMetrics::default(),
        };
        let requests = self.requests.get_or_init(requests).clone();
        Ok(ConfiguredService {
            settings,
            authenticator,
            policy: config.policy.policy().clone(),
            health: Arc::clone(&self.health),
            image_api,
            requests,
            is_stopped: Arc::clone(&self.is_stopped),
            identity_api,
            development: config.auth.development.then(|| self.development(config)),
            upstream: self.backends.upstream.clone(),
        })
    }

    fn development(&self, config: &Config) -> Development {
        let resettable = Resettable {
            store: Arc::clone(&self.backends.store),
            data: self.backends.data.clone(),
            images: config.images.clone(),
        };
        let bodies = BodyReader::new(body_limits(config), self.budget.clone());
        Development::new(resettable, Arc::clone(&self.faults), bodies)
    }

    /// How often the tokens were replaced.
    pub(super) fn generation(&self) -> u64 {
        match &self.tokens {
            Tokens::Table(tokens) => tokens.generation(),
            Tokens::Keystone(_) | Tokens::Other(_) => 0,
        }
    }

    /// Replaces the tokens of the configuration `old` by those of `new`. Of the tokens that the
    /// embedded identity has issued, those of unchanged users stay.
    pub(super) fn replace_tokens(&self, old: &Config, new: &Config) {
        if let Tokens::Table(tokens) = &self.tokens {
            let is_unchanged = |user: &str| new.identity.has_same_user(&old.identity, user);
            tokens.replace(new.auth.grants(), is_unchanged);
        }
    }
}

/// The store, and the metrics if the configuration has a listener for them. The operations of the
/// store are then measured.
fn measured(
    store: Arc<dyn ImageStore>,
    config: &Config,
) -> (Arc<dyn ImageStore>, Option<Arc<Metrics>>) {
    if config.metrics.listen.is_none() {
        return (store, None);
    }
    let metrics = Metrics::new();
    (metrics.measured(store), Some(Arc::new(metrics)))
}

/// Downloads for imports, if the configuration allows any.
fn web_client(config: &Config) -> Result<Option<WebClient>, StartError> {
    let options = web_options(config);
    let client = options.map(WebClient::new).transpose();
    client.map_err(|error| StartError::Import(chain(&error)))
}

/// The embedded identity, if it is enabled. It adds the tokens that it issues to `tokens`.
fn identity_api(
    config: &Config,
    tokens: &Arc<TokenTable>,
    generation: u64,
    budget: &Budget,
) -> Result<Option<IdentityApi>, getrandom::Error> {
    let examples = config.example_credentials().join(", ");
    if !examples.is_empty() {
        warn!(
            examples,
            "credentials of the example configuration are in use: they are public"
        );
    }
    if !config.identity.enabled {
        if config.auth.tokens.is_empty() {
            warn!("the configuration has no tokens: every request gets a 401");
        }
        return Ok(None);
    }
    warn!(
        "the embedded identity is for development only: its passwords stand in the configuration"
    );
    let identity = &config.identity;
    Ok(Some(IdentityApi::new(IdentityService {
        directory: Directory::new(identity.users(), identity.projects.clone())?,
        tokens: Arc::clone(tokens),
        generation,
        token_lifetime: identity.token_lifetime,
        region: identity.region.clone(),
        bodies: BodyReader::new(body_limits(config), budget.clone()),
    })))
}

/// The Keystone that validates tokens. It need not be reachable yet.
fn keystone(config: &Config) -> Result<KeystoneAuthenticator, StartError> {
    let options = config
        .auth
        .keystone
        .options()
        .map_err(StartError::Keystone)?;
    if options.insecure {
        warn!("auth.keystone.insecure: an attacker on the network can impersonate Keystone");
    }
    if options.is_plaintext() {
        warn!("auth.keystone.auth_url is not https: tokens can be read on the network");
    }
    KeystoneAuthenticator::new(options, config.server.request_timeout)
        .map_err(|error| StartError::Keystone(error.to_string()))
}

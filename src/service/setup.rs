//! Builds the service from its configuration: store, authenticator, APIs.

use std::sync::Arc;

use tracing::warn;

use super::dispatch::{Parts, Service};
use super::health::Health;
use super::maintenance;
use super::route_labels;
use super::settings::{body_limits, http_settings, quotas, upstream_options, web_options};
use super::stores::{configured_store, data_store};
use crate::auth::{Authenticator, Directory, KeystoneAuthenticator, TokenTable};
use crate::budget::Budget;
use crate::config::{AuthMode, Config};
use crate::data::{DataOpenError, DataStore};
use crate::http::request::BodyReader;
use crate::identity_api::{IdentityApi, IdentityService};
use crate::image_api::{Backends, Context, ImageApi};
use crate::metrics::{Metrics, RequestMetrics};
use crate::store::{ImageStore, OpenError};
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

impl Service {
    /// The service that `config` describes.
    pub async fn from_config(config: &Config) -> Result<Self, StartError> {
        let budget = Budget::new(config.limits.memory_bytes);
        let store = configured_store(config, budget.clone()).await?;
        let (store, metrics) = measured(store, config);
        let data = data_store(config)?;
        maintenance::start(&store, &data, &config.tags);
        Self::with_data(store, data, budget, config, metrics)
    }

    /// The service that `config` describes, over another store, with which it shares `budget`.
    pub fn with_store(
        store: Arc<dyn ImageStore>,
        budget: Budget,
        config: &Config,
    ) -> Result<Self, StartError> {
        let (store, metrics) = measured(store, config);
        Self::with_data(store, data_store(config)?, budget, config, metrics)
    }

    fn with_data(
        store: Arc<dyn ImageStore>,
        data: DataStore,
        budget: Budget,
        config: &Config,
        metrics: Option<Arc<Metrics>>,
    ) -> Result<Self, StartError> {
        match config.auth.mode {
            AuthMode::Static => {
                let tokens = Arc::new(TokenTable::new(config.auth.grants())?);
                let identity_api = identity_api(config, &tokens, &budget)?;
                assemble(store, data, tokens, identity_api, budget, config, metrics)
            }
            AuthMode::Keystone => {
                let keystone = Arc::new(keystone(config)?);
                if let Some(metrics) = &metrics {
                    metrics.add_keystone(Arc::clone(&keystone));
                }
                assemble(store, data, keystone, None, budget, config, metrics)
            }
        }
    }

    /// The service that `config` describes, over another store and another authenticator, and
    /// without the embedded identity.
    pub fn with_authenticator(
        store: Arc<dyn ImageStore>,
        authenticator: Arc<dyn Authenticator>,
        budget: Budget,
        config: &Config,
    ) -> Result<Self, StartError> {
        let data = data_store(config)?;
        let (store, metrics) = measured(store, config);
        assemble(store, data, authenticator, None, budget, config, metrics)
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

fn assemble(
    store: Arc<dyn ImageStore>,
    data: DataStore,
    authenticator: Arc<dyn Authenticator>,
    identity_api: Option<IdentityApi>,
    budget: Budget,
    config: &Config,
    metrics: Option<Arc<Metrics>>,
) -> Result<Service, StartError> {
    let settings = Arc::new(http_settings(config));
    let health = Health::new(Arc::clone(&store));
    let upstream = upstream_options(config);
    let upstream = upstream
        .map(|options| Upstream::new(&options))
        .transpose()?;
    let backends = Backends {
        store,
        data,
        web: web_client(config)?,
        upstream: upstream.clone(),
    };
    if let Some(metrics) = &metrics {
        metrics.add_budget(budget.clone());
    }
    let context = Context::new(
        backends,
        budget,
        Arc::clone(&settings),
        quotas(config),
        config.tags.rules.clone(),
        config.tags.trusted_owners.as_slice().into(),
    );
    let image_api = ImageApi::new(context);
    let requests = metrics
        .as_ref()
        .map_or_else(RequestMetrics::default, |metrics| {
            metrics.requests(route_labels::labels(&image_api))
        });
    Ok(Service::new(Parts {
        settings,
        authenticator,
        health,
        image_api,
        identity_api,
        upstream,
        metrics,
        requests,
    }))
}

/// Downloads for imports, if the configuration allows any.
fn web_client(config: &Config) -> Result<Option<WebClient>, StartError> {
    let options = web_options(config);
    let client = options.map(WebClient::new).transpose();
    client.map_err(|error| StartError::Import(format!("{error:?}")))
}

/// The embedded identity, if it is enabled. It adds the tokens that it issues to `tokens`.
fn identity_api(
    config: &Config,
    tokens: &Arc<TokenTable>,
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

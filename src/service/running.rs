//! The service as it runs, and how it takes over another configuration.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use axum::extract::Request;
use axum::response::Response;

use super::configured_service::ConfiguredService;
use super::maintenance;
use super::setup::{ProcessState, StartError, Tokens};
use super::stores::{configured_store, data_store};
use crate::auth::Authenticator;
use crate::budget::Budget;
use crate::config::{Config, ConfigError};
use crate::metrics::Metrics;
use crate::store::ImageStore;

/// The whole service. Clones share everything.
#[derive(Clone, Debug)]
pub struct Service {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    process: ProcessState,
    /// The configuration that is in force. Its lock is held during a reload.
    config: Mutex<Config>,
    current: RwLock<Arc<ConfiguredService>>,
}

/// Why a service keeps the configuration that it has.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// The new configuration is wrong together with what only a restart changes.
    #[error("without a restart: {0}")]
    Config(#[from] ConfigError),
    /// The service cannot be built by the new configuration.
    #[error(transparent)]
    Start(#[from] StartError),
}

impl Service {
    /// The service that `config` describes.
    pub async fn from_config(config: &Config) -> Result<Self, StartError> {
        let budget = Budget::new(config.limits.memory_bytes);
        let store = configured_store(config, budget.clone()).await?;
        let data = data_store(config)?;
        maintenance::start(&store, &data, &config.tags);
        let tokens = Tokens::configured(config)?;
        let process = ProcessState::new(store, data, tokens, budget, config)?;
        Self::over(process, config)
    }

    /// The service that `config` describes, over another store, with which it shares `budget`.
    pub fn with_store(
        store: Arc<dyn ImageStore>,
        budget: Budget,
        config: &Config,
    ) -> Result<Self, StartError> {
        let tokens = Tokens::configured(config)?;
        let process = ProcessState::new(store, data_store(config)?, tokens, budget, config)?;
        Self::over(process, config)
    }

    /// The service that `config` describes, over another store and another authenticator, and
    /// without the embedded identity.
    pub fn with_authenticator(
        store: Arc<dyn ImageStore>,
        authenticator: Arc<dyn Authenticator>,
        budget: Budget,
        config: &Config,
    ) -> Result<Self, StartError> {
        let tokens = Tokens::Other(authenticator);
        let process = ProcessState::new(store, data_store(config)?, tokens, budget, config)?;
        Self::over(process, config)
    }

    fn over(process: ProcessState, config: &Config) -> Result<Self, StartError> {
        let current = process.build(config, process.generation())?;
        let shared = Shared {
            process,
            config: Mutex::new(config.clone()),
            current: RwLock::new(Arc::new(current)),
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Answers one request and logs it in one line. Every request gets an answer, and every answer
    /// has a request id.
    pub async fn answer(&self, request: Request) -> Response {
        let current = self.current();
        current.answer(request).await
    }

    /// The answer to a request on a connection past the limit: 503, but `/livez` still gets 200.
    pub fn reject(&self, request: &Request) -> Response {
        self.current().reject(request)
    }

    /// Takes over what a service can of `new`, which is valid, without a restart: tokens and users,
    /// rules, policy, and most limits. Requests in flight end by the old configuration. Returns the
    /// keys that only a restart takes over.
    ///
    /// # Errors
    ///
    /// [`ReloadError`]. The service then goes on as before.
    pub fn reload(&self, new: &Config) -> Result<Vec<String>, ReloadError> {
        let mut config = self.config();
        let (reloaded, left) = config.reloaded(new)?;
        let process = &self.shared.process;
        let next = process.build(&reloaded, process.generation() + 1)?;
        // A login that has begun before gets no token from here on.
        process.replace_tokens(&config, &reloaded);
        let current = self.shared.current.write();
        *current.unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        if !reloaded.auth.development {
            process.faults.clear();
        }
        *config = reloaded;
        Ok(left)
    }

    /// Has health checks fail and connections end after their next response, so that load balancers
    /// send requests elsewhere. Requests are answered as before.
    pub fn drain(&self) {
        self.shared.process.health.drain();
    }

    /// Whether [`Self::drain`] was called.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.shared.process.health.is_draining()
    }

    /// What the service measures, if it exports that.
    #[must_use]
    pub fn metrics(&self) -> Option<&Arc<Metrics>> {
        self.shared.process.metrics.as_ref()
    }

    /// Ends what goes on in the background. To be called when a shutdown begins.
    pub fn stop(&self) {
        self.shared.process.background.stop();
    }

    /// Has the requests that are dropped from now on logged and counted as those of a service that
    /// stopped, not of clients that disconnected. To be called before the server drops them.
    pub fn give_up(&self) {
        let is_stopped = &self.shared.process.is_stopped;
        is_stopped.store(true, Ordering::Relaxed);
    }

    /// Waits for the writes whose clients have disconnected. To be called once no request is in
    /// flight.
    pub async fn wait_for_writes(&self) {
        self.shared.process.background.wait_for_writes().await;
    }

    fn current(&self) -> Arc<ConfiguredService> {
        let current = self.shared.current.read();
        Arc::clone(&current.unwrap_or_else(PoisonError::into_inner))
    }

    fn config(&self) -> MutexGuard<'_, Config> {
        let config = self.shared.config.lock();
        config.unwrap_or_else(PoisonError::into_inner)
    }
}

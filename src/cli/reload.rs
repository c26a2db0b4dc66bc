//! Takes over the configuration file as it is now.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tracing::{error, info, warn};

use crate::config::{Config, ConfigError};
use crate::service::Service;
use crate::telemetry::Log;

/// How long a reload waits for the file system.
const LOAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Held while a thread loads the configuration.
static LOADING: Semaphore = Semaphore::const_new(1);

/// Loads the configuration as the start did.
pub(super) type Load = Arc<dyn Fn() -> Result<Config, ConfigError> + Send + Sync>;

/// Has `service` and `log` take over what `load` returns, and logs the outcome in one line. The
/// configuration is checked as a whole first: if anything is wrong, nothing changes.
pub(super) async fn reload(load: &Load, service: &Service, log: &Log) {
    match take_over(load, service, log).await {
        Ok(left) if left.is_empty() => info!("the configuration was reloaded"),
        Ok(left) => {
            let keys = left.join(", ");
            warn!(
                keys,
                "the configuration was reloaded, but for keys that need a restart"
            );
        }
        Err(error) => error!(
            error,
            "the configuration was not reloaded, and the one before stays in force"
        ),
    }
}

async fn take_over(
    load: &Load,
    service: &Service,
    log: &Log,
) -> Result<Vec<String>, Box<dyn Error>> {
    // A file system that does not answer keeps one thread, and not one for each attempt.
    let permit = LOADING.try_acquire();
    let permit = permit.map_err(|_| "the file system has not answered the reload before")?;
    let load = Arc::clone(load);
    let loaded = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        load()
    });
    let loaded = tokio::time::timeout(LOAD_TIMEOUT, loaded).await;
    let config = loaded.map_err(|_| "the file system does not answer")???;
    let left = service.reload(&config)?;
    log.set_level(&config.log.level);
    Ok(left)
}

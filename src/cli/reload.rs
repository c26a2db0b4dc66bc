//! Takes over the configuration file as it is now.

use std::error::Error;

use tracing::{error, info, warn};

use crate::config::Config;
use crate::service::Service;
use crate::telemetry::Log;

/// Loads the configuration as the start did.
pub(super) type Load<'a> = &'a dyn Fn() -> Result<Config, Box<dyn Error>>;

/// Has `service` and `log` take over what `load` returns, and logs the outcome in one line. The
/// configuration is checked as a whole first: if anything is wrong, nothing changes.
pub(super) fn reload(load: Load<'_>, service: &Service, log: &Log) {
    match take_over(load, service, log) {
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

fn take_over(load: Load<'_>, service: &Service, log: &Log) -> Result<Vec<String>, Box<dyn Error>> {
    let config = load()?;
    let left = service.reload(&config)?;
    log.set_level(&config.log.level);
    Ok(left)
}

//! The store that a configuration describes.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use tracing::{info, warn};

use super::settings::data_options;
use crate::budget::Budget;
use crate::config::{Config, StoreUrl};
use crate::data::{DataOpenError, DataStore, DataUrl};
use crate::store::{Engine, ImageStore, Memory, OpenError, Sql, SqlUrl};

/// How long the start waits for a database that does not answer, with `store.wait_at_start`.
const MAX_START_DELAY: Duration = Duration::from_secs(2);

/// The time between two looks for a check of Glance's database, and after one that failed.
const CHECK_INTERVAL: Duration = Duration::from_mins(1);
const RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// The store for an export. A database must exist and be migrated. It is opened read-only.
pub async fn store_for_export(config: &Config) -> Result<Arc<dyn ImageStore>, OpenError> {
    match &config.store.url {
        StoreUrl::Memory => Ok(Arc::new(memory(config))),
        StoreUrl::Sql(url) => {
            let budget = Budget::new(config.limits.memory_bytes);
            let store = Sql::read_only(
                url.clone(),
                config.store.connections,
                config.store.timeout,
                budget,
            );
            store.open_existing().await?;
            Ok(Arc::new(store))
        }
    }
}

/// The store for an import. A database gets no images of the configuration.
pub async fn store_for_import(config: &Config) -> Result<Arc<dyn ImageStore>, OpenError> {
    match &config.store.url {
        StoreUrl::Memory => Ok(Arc::new(memory(config))),
        StoreUrl::Sql(url) => {
            let store = database(url, config, Budget::new(config.limits.memory_bytes));
            store.open(&[]).await?;
            if url.engine() == Engine::Glance {
                store.look_for_check(config.glance.assume_checked).await?;
            }
            Ok(Arc::new(store))
        }
    }
}

/// The store in the database of a Glance, whose tags can be changed without a check.
pub async fn glance_store(config: &Config) -> Result<Sql, OpenError> {
    let StoreUrl::Sql(url) = &config.store.url else {
        return Err(OpenError::NoTables);
    };
    let store = database(url, config, Budget::new(config.limits.memory_bytes));
    store.open(&[]).await?;
    store.look_for_check(true).await?;
    Ok(store)
}

/// The data store.
pub fn data_store(config: &Config) -> Result<DataStore, DataOpenError> {
    let options = data_options(config).map_err(DataOpenError::Options)?;
    if options.url == Some(DataUrl::Discard) {
        warn!("data.url is \"discard:\": what is uploaded cannot be downloaded");
    }
    let endpoint = options.s3.endpoint.as_ref();
    if endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")) {
        warn!("data.endpoint is not https: data can be read and changed on the network");
    }
    DataStore::open(&options)
}

/// The store of the service. A new one starts with the images of the configuration.
pub(super) async fn configured_store(
    config: &Config,
    budget: Budget,
) -> Result<Arc<dyn ImageStore>, OpenError> {
    let url = match &config.store.url {
        StoreUrl::Memory => {
            warn!("the store is in memory: a restart loses every change");
            let store = memory(config);
            return Ok(Arc::new(store.with_max_bytes(config.store.max_bytes)));
        }
        StoreUrl::Sql(url) => url,
    };
    if let Some(host) = url.unverified_host() {
        warn!(
            host,
            "store.url: without verified TLS an attacker on the network can impersonate the database and read its password"
        );
    }
    let store = Arc::new(database(url, config, budget));
    open(&store, config).await?;
    if url.engine() == Engine::Glance {
        if config.glance.assume_checked {
            warn!("glance.assume_checked: nothing shows that Glance does not undo changes of tags");
        }
        if store.is_open() {
            // The first look comes before the first request.
            let is_assumed = config.glance.assume_checked;
            store.look_for_check(is_assumed).await.ok();
        }
        let (watched, is_assumed) = (Arc::clone(&store), config.glance.assume_checked);
        tokio::spawn(async move { watch_checks(&watched, is_assumed).await });
    }
    Ok(store)
}

/// Opens `store`. With `store.wait_at_start`, a database that is not available, or has not answered
/// after [`MAX_START_DELAY`], is waited for in the background.
async fn open(store: &Arc<Sql>, config: &Config) -> Result<(), OpenError> {
    let (opened, images) = (Arc::clone(store), config.images.clone());
    let mut attempt = Box::pin(async move { opened.open(&images).await });
    if !config.store.wait_at_start {
        return attempt.await;
    }
    let error = match timeout(MAX_START_DELAY, &mut attempt).await {
        Ok(Err(OpenError::Unavailable(error))) => Some(error),
        Ok(outcome) => return outcome,
        Err(_) => None,
    };
    warn!(
        error = error.as_deref().map(|error| error as &dyn Error),
        "the database is not available: every request gets a 503 until it is"
    );
    let (waiting, images) = (Arc::clone(store), config.images.clone());
    tokio::spawn(async move {
        // An attempt that goes on may be in the middle of a migration.
        if error.is_none() {
            match attempt.await {
                Ok(()) => return info!("the database is available"),
                Err(error) => warn!(
                    error = &error as &dyn Error,
                    "the database is not available"
                ),
            }
        }
        waiting.open_with_retry(&images).await;
    });
    Ok(())
}

/// Looks every minute whether a check has passed for Glance's database as it is.
async fn watch_checks(store: &Sql, is_assumed: bool) {
    let mut last = None;
    loop {
        let found = store.look_for_check(is_assumed).await;
        match &found {
            Ok(true) if last != Some(true) => {
                info!("a check has passed for Glance's database: tags can be changed");
            }
            Ok(false) if last != Some(false) => warn!(
                "no check has passed for Glance's database as it is: changes of tags are refused until \
                 \"image-tags glance check\" has shown that Glance does not undo them"
            ),
            Ok(_) => {}
            Err(error) => warn!(
                error = error as &dyn Error,
                "whether Glance's database is guarded was not found out"
            ),
        }
        let wait = match found {
            Ok(is_open) => {
                last = Some(is_open);
                CHECK_INTERVAL
            }
            Err(_) => RETRY_INTERVAL,
        };
        tokio::time::sleep(wait).await;
    }
}

/// The store in memory, with the images of the configuration.
fn memory(config: &Config) -> Memory {
    Memory::with_images(config.images.iter().cloned())
}

/// The store in the database at `url`, not open yet.
fn database(url: &SqlUrl, config: &Config, budget: Budget) -> Sql {
    let store = &config.store;
    Sql::new(url.clone(), store.connections, store.timeout, budget)
}

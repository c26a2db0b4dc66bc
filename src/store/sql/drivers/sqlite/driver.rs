//! Opens sessions on a file.

use std::time::Duration;

use async_trait::async_trait;

use super::options;
use super::session::SqliteSession;
use crate::store::sql::drivers::error::SqlError;
use crate::store::sql::drivers::session::{Driver, Session};
use crate::store::sql::drivers::url::SqlUrl;

/// Opens sessions on one file.
#[derive(Clone, Debug)]
pub(in crate::store::sql::drivers) struct SqliteDriver {
    uri: String,
    session_setup: String,
    timeout: Duration,
}

impl SqliteDriver {
    /// A driver whose statements end after `timeout`.
    pub(in crate::store::sql::drivers) fn new(
        url: &SqlUrl,
        session_setup: String,
        timeout: Duration,
    ) -> Self {
        Self {
            uri: options::uri(url.expose()),
            session_setup,
            timeout,
        }
    }
}

#[async_trait]
impl Driver for SqliteDriver {
    /// Opens the file on a thread that may wait for the disk, and for another process that does
    /// the same.
    async fn connect(&self) -> Result<Box<dyn Session>, SqlError> {
        let driver = self.clone();
        let open = move || SqliteSession::open(&driver.uri, &driver.session_setup, driver.timeout);
        let opened = tokio::task::spawn_blocking(open).await;
        let session = opened.map_err(|panic| SqlError::Internal(panic.into()))??;
        Ok(Box::new(session))
    }
}

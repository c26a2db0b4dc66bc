//! Connects to a server.

use async_trait::async_trait;

use super::session::MariaDbSession;
use crate::store::sql::drivers::error::SqlError;
use crate::store::sql::drivers::session::{Driver, Session};
use crate::store::sql::drivers::url::SqlUrl;

/// Connects to one database.
#[derive(Debug)]
pub(in crate::store::sql::drivers) struct MariaDbDriver {
    url: SqlUrl,
    session_setup: String,
}

impl MariaDbDriver {
    /// A driver whose connections are set up by `session_setup`.
    pub(in crate::store::sql::drivers) fn new(url: SqlUrl, session_setup: String) -> Self {
        Self { url, session_setup }
    }
}

#[async_trait]
impl Driver for MariaDbDriver {
    async fn connect(&self) -> Result<Box<dyn Session>, SqlError> {
        let mut session = MariaDbSession::connect(&self.url).await?;
        session.execute_script(&self.session_setup).await?;
        Ok(Box::new(session))
    }
}

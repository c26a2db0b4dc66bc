//! Connects to a server.

use std::sync::Arc;

use async_trait::async_trait;
use tokio_postgres::NoTls;
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_util::task::AbortOnDropHandle;

use super::client::PostgresClient;
use super::options::PostgresOptions;
use super::tls;
use crate::store::sql::drivers::error::SqlError;
use crate::store::sql::drivers::session::{Driver, Session};
use crate::store::sql::drivers::url::SqlUrl;

/// Connects to one database.
#[derive(Clone, Debug)]
pub(in crate::store::sql::drivers) struct PostgresDriver {
    url: Arc<SqlUrl>,
    session_setup: Arc<str>,
}

impl PostgresDriver {
    /// A driver whose connections are set up by `session_setup`.
    pub(in crate::store::sql::drivers) fn new(url: SqlUrl, session_setup: String) -> Self {
        Self {
            url: Arc::new(url),
            session_setup: session_setup.into(),
        }
    }

    /// Connects, and sets up the session.
    pub(super) async fn client(&self) -> Result<PostgresClient, SqlError> {
        // The files with certificates may have changed since the last connection.
        let options = PostgresOptions::parse(self.url.expose())
            .ok_or_else(|| SqlError::Internal("the URL has lost its meaning".into()))?;
        let (client, connection) = match tls::config(&options.tls).map_err(SqlError::Unavailable)? {
            None => {
                let (client, connection) = Box::pin(options.config.connect(NoTls)).await?;
                (client, spawn(connection))
            }
            Some(tls) => {
                let tls = MakeRustlsConnect::new(tls);
                let (client, connection) = Box::pin(options.config.connect(tls)).await?;
                (client, spawn(connection))
            }
        };
        let client = PostgresClient::new(client, connection, options.max_statements);
        client.execute_script(&self.session_setup).await?;
        Ok(client)
    }
}

/// Drives a connection, until it ends or its client is dropped. The client is told of its errors.
fn spawn<F, E>(connection: F) -> AbortOnDropHandle<()>
where
    F: Future<Output = Result<(), E>> + Send + 'static,
    E: Send,
{
    AbortOnDropHandle::new(tokio::spawn(async {
        let _ = connection.await;
    }))
}

#[async_trait]
impl Driver for PostgresDriver {
    async fn connect(&self) -> Result<Box<dyn Session>, SqlError> {
        Ok(Box::new(self.client().await?))
    }
}

//! The connection on which all writers of the process write.

use super::begin::begin;
use super::committer::Committer;
use super::turn::Turn;
use crate::store::sql::drivers::connection::Connection;
use crate::store::sql::drivers::engine::Engine;
use crate::store::sql::drivers::error::SqlError;
use crate::store::sql::drivers::session::Driver as _;
use crate::store::sql::drivers::sqlite::driver::SqliteDriver;

/// The shared connection of the writers of this process.
#[derive(Debug)]
pub(in crate::store::sql::drivers) struct Writer {
    driver: SqliteDriver,
    committer: Committer,
}

impl Writer {
    pub(in crate::store::sql::drivers) fn new(driver: SqliteDriver) -> Self {
        Self {
            driver,
            committer: Committer::default(),
        }
    }

    /// Waits for the connection, and begins a change on it.
    pub(in crate::store::sql::drivers) async fn begin(&self) -> Result<Turn<'_>, SqlError> {
        let committer = &self.committer;
        let mut group = committer.acquire().await?;
        let mut connection = if let Some(connection) = group.resume() {
            connection
        } else {
            let session = self.driver.connect().await?;
            Connection::new(Engine::Sqlite, session)
        };
        if !group.has_begun() {
            begin(&mut connection, || committer.note_progress()).await?;
            group.set_begun();
        }
        committer.note_progress();
        connection.execute_script("SAVEPOINT change").await?;
        Ok(Turn::new(connection, group, committer))
    }
}

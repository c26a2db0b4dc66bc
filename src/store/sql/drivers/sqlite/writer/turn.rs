//! One writer's time at the shared connection.

use std::ops::{Deref, DerefMut};

use tokio::sync::MutexGuard;

use super::committer::Committer;
use super::group::{Group, commit};
use crate::store::sql::drivers::connection::Connection;
use crate::store::sql::drivers::error::SqlError;
use crate::store::sql::drivers::sqlite::blocking::blocking;

/// The connection of all writers, while one of them makes a change. Dropping it drops the
/// transaction, also what others have added to it; they try again.
#[derive(Debug)]
pub(in crate::store::sql) struct Turn<'a> {
    connection: Connection,
    group: MutexGuard<'a, Group>,
    committer: &'a Committer,
}

impl<'a> Turn<'a> {
    pub(super) fn new(
        connection: Connection,
        group: MutexGuard<'a, Group>,
        committer: &'a Committer,
    ) -> Self {
        Self {
            connection,
            group,
            committer,
        }
    }

    /// Keeps the change, and waits until it is committed.
    pub(in crate::store::sql::drivers) async fn commit(self) -> Result<(), SqlError> {
        let Self {
            mut connection,
            mut group,
            committer,
        } = self;
        if let Err(error) = connection.execute_script("RELEASE change").await {
            group.lose(None);
            return Err(error);
        }
        if group.take_alone() {
            blocking(|| commit(&mut connection))?;
            group.release_idle(connection);
            committer.note_progress();
            return Ok(());
        }
        group.release(connection);
        wait_for_commit(group, committer).await
    }

    /// Takes the change back. What the writer has read may be the change of another one, so this
    /// waits until that is committed.
    pub(in crate::store::sql::drivers) async fn rollback(self) -> Result<(), SqlError> {
        let committer = self.committer;
        match self.take_back().await? {
            group if group.is_empty() => Ok(()),
            group => wait_for_commit(group, committer).await,
        }
    }

    /// Takes the change back after `error`, and returns the error.
    pub(in crate::store::sql::drivers) async fn fail(self, error: SqlError) -> SqlError {
        // What cannot be taken back is dropped.
        let _ = self.take_back().await;
        error
    }

    /// Takes the change back, and ends the transaction if it has no other changes.
    async fn take_back(self) -> Result<MutexGuard<'a, Group>, SqlError> {
        let Self {
            mut connection,
            mut group,
            ..
        } = self;
        let is_last = group.is_empty();
        let script = if is_last {
            "ROLLBACK"
        } else {
            "ROLLBACK TO change; RELEASE change"
        };
        if let Err(error) = connection.execute_script(script).await {
            group.lose(None);
            return Err(error);
        }
        if is_last {
            group.release_idle(connection);
        } else {
            group.release(connection);
        }
        Ok(group)
    }
}

async fn wait_for_commit(
    mut group: MutexGuard<'_, Group>,
    committer: &Committer,
) -> Result<(), SqlError> {
    let is_first = group.is_empty();
    let outcome = group.commit_of_group();
    if is_first && committer.request_commit().is_err() {
        // Without the thread, the transaction would stay open.
        blocking(|| group.commit());
    }
    drop(group);
    let dropped = || SqlError::Unavailable("the commit was given up".into());
    outcome.await.unwrap_or_else(|_| Err(dropped()))
}

impl Deref for Turn<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl DerefMut for Turn<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.connection
    }
}

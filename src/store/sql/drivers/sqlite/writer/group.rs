//! The changes that are committed together.
//!
//! No change fails because of another one of its group. If the transaction is lost as a whole, each
//! of its writers tries again, and commits alone.

use futures_util::FutureExt as _;
use tokio::sync::oneshot;

use crate::store::sql::drivers::connection::Connection;
use crate::store::sql::drivers::error::SqlError;

/// The transaction that is being filled, and who waits for its commit.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// `None` while a writer uses it.
    connection: Option<Connection>,
    has_begun: bool,
    waiting: Vec<oneshot::Sender<Result<(), SqlError>>>,
    /// So many of the next writers commit alone.
    alone: usize,
}

impl Group {
    /// The connection, if there is one. Without it the transaction is lost: a writer has dropped
    /// it.
    pub(super) fn resume(&mut self) -> Option<Connection> {
        if self.has_begun && self.connection.is_none() {
            self.lose(None);
        }
        self.connection.take()
    }

    pub(super) fn has_begun(&self) -> bool {
        self.has_begun
    }

    pub(super) fn set_begun(&mut self) {
        self.has_begun = true;
    }

    /// Whether no writer waits for the commit.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether the writer that comes now shall commit alone.
    pub(super) fn take_alone(&mut self) -> bool {
        let is_alone = self.alone > 0 && self.is_empty();
        self.alone = self.alone.saturating_sub(1);
        is_alone
    }

    /// Releases the connection with the transaction of the group.
    pub(super) fn release(&mut self, connection: Connection) {
        self.connection = Some(connection);
    }

    /// Releases the connection without a transaction.
    pub(super) fn release_idle(&mut self, connection: Connection) {
        self.connection = Some(connection);
        self.has_begun = false;
    }

    /// What the writer that has used the connection last waits for.
    pub(super) fn commit_of_group(&mut self) -> oneshot::Receiver<Result<(), SqlError>> {
        let (committed, outcome) = oneshot::channel();
        self.waiting.push(committed);
        outcome
    }

    /// Commits, and answers the writers that wait for it. Returns whether anything was committed.
    pub(super) fn commit(&mut self) -> bool {
        if self.is_empty() {
            return false;
        }
        let Some(mut connection) = self.connection.take() else {
            self.lose(None);
            return false;
        };
        match commit(&mut connection) {
            Ok(()) => {
                self.release_idle(connection);
                for writer in self.waiting.drain(..) {
                    // The writer may have gone.
                    let _ = writer.send(Ok(()));
                }
                true
            }
            Err(error) => {
                self.lose(Some(error));
                false
            }
        }
    }

    /// Gives the transaction up, because its connection is gone. A single writer gets `error`.
    pub(super) fn lose(&mut self, error: Option<SqlError>) {
        self.has_begun = false;
        let waiting = std::mem::take(&mut self.waiting);
        if waiting.len() > 1 {
            self.alone = waiting.len();
        }
        let mut error = error.filter(|_| waiting.len() == 1);
        for writer in waiting {
            let lost = || SqlError::Conflict("another write of the group failed".into());
            let _ = writer.send(Err(error.take().unwrap_or_else(lost)));
        }
    }
}

/// Commits at once. A session on a file never waits for an event.
pub(super) fn commit(connection: &mut Connection) -> Result<(), SqlError> {
    let committed = connection.execute_script("COMMIT").now_or_never();
    let committed = committed.unwrap_or_else(|| Err(SqlError::Internal("a file waits".into())));
    committed.map_err(SqlError::during_commit)
}

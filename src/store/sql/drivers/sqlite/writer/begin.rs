//! The begin of a transaction that writes.
//!
//! The lock of the database belongs to one process. A process that waits for it tells a slow
//! writer, which makes progress, from a stuck one, which does not.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::store::sql::drivers::connection::Connection;
use crate::store::sql::drivers::error::SqlError;

/// How long a process waits for the lock of the database, while no process writes anything, before
/// the holder of the lock counts as stuck.
const MAX_WAIT_WITHOUT_PROGRESS: Duration = Duration::from_secs(1);

/// The maximum wait between two attempts at the lock of the database.
const MAX_PAUSE: Duration = Duration::from_millis(16);

/// Begins a transaction that writes. Calls `note_progress` whenever another process has written.
pub(super) async fn begin(
    connection: &mut Connection,
    note_progress: impl Fn(),
) -> Result<(), SqlError> {
    match try_begin(connection).await {
        Err(SqlError::Conflict(_)) => begin_behind_another_process(connection, note_progress).await,
        outcome => outcome,
    }
}

/// A plain `BEGIN` would read first and acquire the lock with the first write. SQLite refuses that
/// write if another connection has written since the read.
async fn try_begin(connection: &mut Connection) -> Result<(), SqlError> {
    connection.execute_script("BEGIN IMMEDIATE").await
}

async fn begin_behind_another_process(
    connection: &mut Connection,
    note_progress: impl Fn(),
) -> Result<(), SqlError> {
    let (mut before, mut since) = (data_version(connection).await?, Instant::now());
    let mut pause = Duration::from_millis(1);
    while since.elapsed() < MAX_WAIT_WITHOUT_PROGRESS {
        sleep(pause).await;
        pause = MAX_PAUSE.min(pause * 2);
        match try_begin(connection).await {
            Err(SqlError::Conflict(_)) => {}
            outcome => return outcome,
        }
        let now = data_version(connection).await?;
        if now != before {
            (before, since) = (now, Instant::now());
            note_progress();
        }
    }
    Err(SqlError::stalled())
}

/// A number that changes when another connection has written.
async fn data_version(connection: &mut Connection) -> Result<i64, SqlError> {
    connection.fetch_number("PRAGMA data_version").await
}

//! Transactions that write.
//!
//! On an engine with one writer at a time, the lock of the database belongs to one process. A
//! process that waits for it tells a slow writer, which makes progress, from a stuck one, which
//! does not.

use super::error::SqlError;
use super::pool::Connection;
use super::read;
use super::write_queue::WritePermit;

/// How many attempts at the lock of the database fail, while no process writes anything, before the
/// holder of the lock counts as stuck. Each attempt waits for the engine's busy time-out.
const MAX_ATTEMPTS_WITHOUT_PROGRESS: u32 = 4;

/// Begins a transaction that writes, and tells the writers behind `permit` about any progress.
pub(super) async fn begin(
    connection: &mut Connection<'_>,
    permit: Option<&WritePermit<'_>>,
) -> Result<(), SqlError> {
    let note_progress = || permit.into_iter().for_each(WritePermit::note_progress);
    match connection.begin().await {
        Err(SqlError::Conflict(_)) if connection.engine().is_single_writer() => {
            begin_behind_another_process(connection, note_progress).await?;
        }
        outcome => outcome?,
    }
    note_progress();
    Ok(())
}

/// Begins a transaction that writes, after the engine has reported that another process writes.
/// Calls `note_progress` whenever any other process has written.
async fn begin_behind_another_process(
    connection: &mut Connection<'_>,
    note_progress: impl Fn(),
) -> Result<(), SqlError> {
    let (mut before, mut attempts) = (data_version(connection).await?, 0);
    while attempts < MAX_ATTEMPTS_WITHOUT_PROGRESS {
        match connection.begin().await {
            Err(SqlError::Conflict(_)) => attempts += 1,
            outcome => return outcome,
        }
        // Looked at after each attempt: on a busy machine the queue of this process would be taken
        // for stuck if it heard only of every fourth one.
        let now = data_version(connection).await?;
        if now != before {
            (before, attempts) = (now, 0);
            note_progress();
        }
    }
    Err(SqlError::stalled())
}

/// A number that changes when another connection has written.
async fn data_version(connection: &mut Connection<'_>) -> Result<i64, SqlError> {
    read::only_number(&connection.fetch("PRAGMA data_version".into()).await?)
}

//! One attempt at a write: one connection, one transaction.
//!
//! After an error an attempt has written nothing, except that an error during a commit leaves that
//! unknown.
//!
//! Locks are acquired in one order: the tags whose carriers the write asks for, in their order,
//! then the images, in the order of their ids.

use std::sync::{Mutex, PoisonError};

use super::error::{Attempt, SqlError};
use super::pool::Connection;
use super::size_limit::SizeLimit;
use super::store::Sql;
use super::transaction::begin;
use super::write_queue::WritePermit;
use super::{history, selection, write};
use crate::image::TagEvent;
use crate::store::contract::{Author, Write};
use crate::store::draft::{Selection, Snapshot};
use crate::store::error::WriteError;
use crate::store::plan::{Decision, Plan, decide};
use crate::store::stored::Written;

/// What a write asks for, as far as its attempts so far have found out.
#[derive(Debug, Default)]
pub(super) struct Wanted(Mutex<Selection>);

impl Wanted {
    fn selection(&self) -> Selection {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Notes what else the write asks for. The next attempt reads it too.
    fn add(&self, missing: Selection) -> SqlError {
        let mut selection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        selection.extend(missing);
        SqlError::Unread
    }
}

impl Sql {
    /// Reads what the write asks for and writes what it makes of it.
    ///
    /// With `locked`, other writers of the images wait. Without, a concurrent write makes the
    /// attempt fail with a conflict. A write that asks for the carriers of a tag always locks.
    pub(super) async fn try_write(
        &self,
        by: &Author<'_>,
        write: Write<'_>,
        wanted: &Wanted,
        locked: bool,
        size_limit: SizeLimit,
    ) -> Attempt<Written, WriteError> {
        let selection = wanted.selection();
        if selection.is_empty() {
            // Only a write that reads nothing can be decided without a connection.
            return match decide(&Snapshot::default(), write) {
                Ok(Decision::Incomplete(missing)) => Err(wanted.add(missing)),
                Ok(Decision::Write(plan)) => self.create(by, &plan, size_limit).await,
                Err(error) => Ok(Err(error)),
            };
        }
        let locked = locked || !selection.tags.is_empty();
        let permit = if locked {
            self.write_permit().await?
        } else {
            None
        };
        let mut connection = self.pool.acquire().await?;
        if locked && let Err(error) = begin(&mut connection, permit.as_ref()).await {
            return Err(connection.fail(error).await);
        }
        let snapshot = selection::read(&mut connection, &selection, locked, &size_limit).await;
        let snapshot = match snapshot {
            Ok(Ok(snapshot)) => snapshot,
            Ok(Err(refusal)) => {
                connection.rollback().await;
                return Ok(Err(refusal.into()));
            }
            Err(error) => return Err(connection.fail(error).await),
        };
        let plan = match decide(&snapshot, write) {
            Ok(Decision::Write(plan)) => plan,
            Ok(Decision::Incomplete(missing)) => {
                connection.rollback().await;
                return Err(wanted.add(missing));
            }
            Err(error) => {
                connection.rollback().await;
                return Ok(Err(error));
            }
        };
        if plan.writes.is_empty() {
            connection.rollback().await;
            return Ok(Ok(written(snapshot, &plan, Vec::new(), size_limit)));
        }
        let outcome = self
            .carry_out(connection, permit, by, &plan, size_limit.bytes())
            .await?;
        Ok(outcome.map(|events| written(snapshot, &plan, events, size_limit)))
    }

    /// Carries out a plan that was made without reading anything: it creates images.
    async fn create(
        &self,
        by: &Author<'_>,
        plan: &Plan,
        size_limit: SizeLimit,
    ) -> Attempt<Written, WriteError> {
        let size_limit = size_limit.raised_to(size_after(plan), &self.budget)?;
        let permit = self.write_permit().await?;
        let connection = self.pool.acquire().await?;
        let outcome = self
            .carry_out(connection, permit, by, plan, size_limit.bytes())
            .await?;
        Ok(outcome.map(|events| written(Snapshot::default(), plan, events, size_limit)))
    }

    /// Executes and commits `plan`, whose images may have `max_bytes` together. Begins a
    /// transaction if there is none yet. Returns the events of the write.
    async fn carry_out(
        &self,
        mut connection: Connection<'_>,
        mut permit: Option<WritePermit<'_>>,
        by: &Author<'_>,
        plan: &Plan,
        max_bytes: usize,
    ) -> Attempt<Vec<TagEvent>, WriteError> {
        if size_after(plan) > max_bytes {
            return Err(connection.fail(SqlError::TooLarge(size_after(plan))).await);
        }
        if !connection.is_in_transaction() {
            if self.engine().is_single_writer() && permit.is_none() {
                permit = self.write_queue.try_acquire();
                if permit.is_none() {
                    // Do not hold an image in memory while queueing: the next attempt reads it
                    // again once it has the permit.
                    connection.rollback().await;
                    return Err(SqlError::Busy);
                }
            }
            if let Err(error) = begin(&mut connection, permit.as_ref()).await {
                return Err(connection.fail(error).await);
            }
        }
        for image in &plan.writes {
            let error = match write::run(&mut connection, image).await {
                Ok(true) => continue,
                Ok(false) => SqlError::Conflict("the image was changed at the same time".into()),
                Err(sqlx::Error::Database(error))
                    if error.is_unique_violation() && image.before.is_none() =>
                {
                    connection.rollback().await;
                    return Ok(Err(WriteError::Exists));
                }
                Err(error) => error.into(),
            };
            return Err(connection.fail(error).await);
        }
        let mut events = plan.events(by);
        if let Err(error) = history::insert(&mut connection, &mut events).await {
            return Err(connection.fail(error).await);
        }
        connection.commit().await?;
        permit.iter().for_each(WritePermit::note_progress);
        Ok(Ok(events))
    }
}

/// The size of all images of the plan together after the write, in bytes.
fn size_after(plan: &Plan) -> usize {
    plan.writes.iter().map(|write| write.sizes().1).sum()
}

/// What was written, with the part of the reservation that its images keep.
fn written(
    snapshot: Snapshot,
    plan: &Plan,
    events: Vec<TagEvent>,
    size_limit: SizeLimit,
) -> Written {
    let written = snapshot.into_written(plan, events);
    let size = written.images.iter().map(|image| image.size()).sum();
    Written {
        memory: size_limit.into_retained(size),
        ..written
    }
}

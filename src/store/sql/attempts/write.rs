//! One attempt at a write.
//!
//! After an error an attempt has written nothing, except that an error during a commit leaves that
//! unknown.
//!
//! Locks are acquired in one order: the tags whose carriers the write asks for, in their order,
//! then the images, in the order of their ids.

use std::sync::{Mutex, PoisonError};

use super::attempt::Attempt;
use super::carry_out::{changed_meanwhile, size_after, written};
use crate::image::{ImageId, Refusal, WriteId};
use crate::store::contract::{Author, Write};
use crate::store::draft::{Selection, Snapshot};
use crate::store::error::WriteError;
use crate::store::plan::{Decision, Plan, decide};
use crate::store::sql::drivers::{Connection, SqlError};
use crate::store::sql::store::Sql;
use crate::store::sql::tables::size_limit::SizeLimit;
use crate::store::sql::tables::{glance, selection};
use crate::store::stored::Written;

/// What a write asks for, as far as its attempts so far have found out.
#[derive(Debug, Default)]
pub(in crate::store::sql) struct Wanted(Mutex<Selection>);

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

/// What stands against a write of tags in the database of a Glance.
enum Obstacle {
    /// It is refused, or no change is allowed at present.
    Error(WriteError),
    /// The guard does not know these images yet.
    NotNoted(Vec<ImageId>),
}

impl Sql {
    /// Reads what the write asks for and writes what it makes of it.
    ///
    /// With `locked`, other writers of the images wait. Without, a concurrent write makes the
    /// attempt fail with a conflict. On a server, a write that asks for more than an image always
    /// locks.
    pub(in crate::store::sql) async fn try_write(
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
                Ok(Decision::Write(_)) if !self.engine().owns_images() => {
                    Ok(Err(Refusal::OfGlance.into()))
                }
                Ok(Decision::Write(plan)) => self.create(by, plan, size_limit).await,
                Err(error) => Ok(Err(error)),
            };
        }
        let snapshot = match selection.only_image() {
            Some(id) if !locked && self.engine().owns_images() => {
                let image = self.cache.image_in(&self.database, id, &size_limit);
                Snapshot::of_image(id, image.await?)
            }
            None if !locked && self.engine().is_single_writer() => {
                match self.read_snapshot(&selection, &size_limit).await? {
                    Ok(snapshot) => snapshot,
                    Err(refusal) => return Ok(Err(refusal.into())),
                }
            }
            _ => {
                return self
                    .write_locked(by, write, wanted, &selection, size_limit)
                    .await;
            }
        };
        self.write_unlocked(by, write, wanted, snapshot, size_limit)
            .await
    }

    /// Reads what a write asks for as it is at one instant.
    async fn read_snapshot(
        &self,
        selection: &Selection,
        size_limit: &SizeLimit,
    ) -> Attempt<Snapshot, Refusal> {
        let mut connection = self.database.acquire().await?;
        connection.begin("BEGIN").await?;
        let read = selection::read(&mut connection, &self.cache, selection, false, size_limit);
        let read = read.await;
        connection.finish(read).await
    }

    /// Decides the write on `snapshot`. Writes if the image is still the same then.
    async fn write_unlocked(
        &self,
        by: &Author<'_>,
        write: Write<'_>,
        wanted: &Wanted,
        snapshot: Snapshot,
        size_limit: SizeLimit,
    ) -> Attempt<Written, WriteError> {
        let mut plan = match decide(&snapshot, write) {
            Ok(Decision::Write(plan)) => plan,
            Ok(Decision::Incomplete(missing)) => return Err(wanted.add(missing)),
            Err(error) => return Ok(Err(error)),
        };
        if plan.writes.is_empty() {
            return Ok(Ok(written(snapshot, &plan, Vec::new(), size_limit)));
        }
        if self.engine().is_single_writer() {
            // The writers follow one another, so that none of them conflicts.
            return Err(SqlError::Unlocked);
        }
        size_limit.check(size_after(&plan))?;
        let outcome = self.carry_out(by, &mut plan).await?;
        Ok(outcome.map(|events| written(snapshot, &plan, events, size_limit)))
    }

    /// Reads and writes in one transaction, for which other writers wait.
    async fn write_locked(
        &self,
        by: &Author<'_>,
        write: Write<'_>,
        wanted: &Wanted,
        selection: &Selection,
        size_limit: SizeLimit,
    ) -> Attempt<Written, WriteError> {
        let mut transaction = self.database.begin().await?;
        let read = selection::read(&mut transaction, &self.cache, selection, true, &size_limit);
        let snapshot = match read.await {
            Ok(Ok(snapshot)) => snapshot,
            Ok(Err(refusal)) => {
                transaction.rollback().await?;
                return Ok(Err(refusal.into()));
            }
            Err(error) => return Err(transaction.fail(error).await),
        };
        let mut plan = match decide(&snapshot, write) {
            Ok(Decision::Write(plan)) => plan,
            Ok(Decision::Incomplete(missing)) => {
                transaction.rollback().await?;
                return Err(wanted.add(missing));
            }
            Err(error) => {
                transaction.rollback().await?;
                return Ok(Err(error));
            }
        };
        if plan.writes.is_empty() {
            transaction.rollback().await?;
            return Ok(Ok(written(snapshot, &plan, Vec::new(), size_limit)));
        }
        if let Err(error) = size_limit.check(size_after(&plan)) {
            return Err(transaction.fail(error).await);
        }
        if !self.engine().owns_images() {
            match self.obstacle(&mut transaction, &plan).await {
                Ok(None) => plan.set_revisions_by_content(),
                Ok(Some(obstacle)) => {
                    transaction.rollback().await?;
                    return self.stop_at(obstacle).await;
                }
                Err(error) => return Err(transaction.fail(error).await),
            }
        }
        plan.set_write_id(WriteId::random());
        let outcome = self.carry_out_in(transaction, &plan, plan.events(by));
        let outcome = outcome.await?;
        Ok(outcome.map(|events| written(snapshot, &plan, events, size_limit)))
    }

    /// What stands against `plan` where the images belong to a Glance.
    async fn obstacle(
        &self,
        connection: &mut Connection,
        plan: &Plan,
    ) -> Result<Option<Obstacle>, SqlError> {
        if let Some(refusal) = glance::check(connection, &plan.writes).await? {
            return Ok(Some(Obstacle::Error(refusal.into())));
        }
        if let Err(error) = self.gate.pass() {
            return Ok(Some(Obstacle::Error(error.into())));
        }
        let images: Vec<_> = plan.images().collect();
        let has_noted = self.gate.has_noted(connection, &images).await?;
        Ok((!has_noted).then_some(Obstacle::NotNoted(images)))
    }

    /// Ends an attempt whose transaction was rolled back. The next one finds the images noted.
    async fn stop_at(&self, obstacle: Obstacle) -> Attempt<Written, WriteError> {
        match obstacle {
            Obstacle::Error(error) => Ok(Err(error)),
            Obstacle::NotNoted(images) => {
                self.gate.note(&self.database, &images).await?;
                Err(changed_meanwhile())
            }
        }
    }
}

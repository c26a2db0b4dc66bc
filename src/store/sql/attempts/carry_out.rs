//! Carries out the plan of a write.

use super::attempt::Attempt;
use crate::image::{TagEvent, WriteId};
use crate::store::contract::Author;
use crate::store::draft::Snapshot;
use crate::store::error::WriteError;
use crate::store::plan::Plan;
use crate::store::sql::drivers::{SqlError, Transaction, count};
use crate::store::sql::store::Sql;
use crate::store::sql::tables::size_limit::SizeLimit;
use crate::store::sql::tables::write;
use crate::store::stored::Written;

impl Sql {
    /// Carries out a plan that was made without reading anything: it creates images.
    pub(super) async fn create(
        &self,
        by: &Author<'_>,
        mut plan: Plan,
        size_limit: SizeLimit,
    ) -> Attempt<Written, WriteError> {
        let size_limit = size_limit.raised_to(size_after(&plan), &self.budget)?;
        let outcome = self.carry_out(by, &mut plan).await?;
        Ok(outcome.map(|events| written(Snapshot::default(), &plan, events, size_limit)))
    }

    /// Executes and commits `plan`. Returns the events of the write.
    pub(super) async fn carry_out(
        &self,
        by: &Author<'_>,
        plan: &mut Plan,
    ) -> Attempt<Vec<TagEvent>, WriteError> {
        plan.set_write_id(WriteId::random());
        let mut events = plan.events(by);
        let statement = write::in_one_statement(self.engine(), plan, &events);
        let Some(statement) = statement else {
            let transaction = self.database.begin().await?;
            return self.carry_out_in(transaction, plan, events).await;
        };
        let mut ids = self.database.fetch_and_commit(statement, count).await?;
        // The first is a 0, the others are those of the events.
        if ids.is_empty() {
            return Err(changed_meanwhile());
        }
        write::set_ids(&mut events, ids.split_off(1));
        self.keep_written(plan);
        Ok(Ok(events))
    }

    /// Executes `plan` in `transaction`, and commits it. Returns the events of the write.
    pub(super) async fn carry_out_in(
        &self,
        mut transaction: Transaction<'_>,
        plan: &Plan,
        mut events: Vec<TagEvent>,
    ) -> Attempt<Vec<TagEvent>, WriteError> {
        for image in &plan.writes {
            let error = match write::run(&mut transaction, image).await {
                Ok(true) => continue,
                Ok(false) => changed_meanwhile(),
                Err(SqlError::Duplicate(_)) if image.before.is_none() => {
                    transaction.rollback().await?;
                    return Ok(Err(WriteError::Exists));
                }
                Err(error) => error,
            };
            return Err(transaction.fail(error).await);
        }
        if let Err(error) = write::insert_events(&mut transaction, &mut events).await {
            return Err(transaction.fail(error).await);
        }
        transaction.commit().await?;
        self.keep_written(plan);
        Ok(Ok(events))
    }

    /// Keeps the images that were written.
    fn keep_written(&self, plan: &Plan) {
        for image in plan.writes.iter().filter_map(|write| write.after.as_ref()) {
            self.cache.keep(image);
        }
    }
}

/// Another writer was first.
pub(super) fn changed_meanwhile() -> SqlError {
    SqlError::Conflict("the image was changed at the same time".into())
}

/// The size of all images of the plan together after the write, in bytes.
pub(super) fn size_after(plan: &Plan) -> usize {
    plan.writes.iter().map(|write| write.sizes().1).sum()
}

/// What was written, with the part of the reservation that its images keep.
pub(super) fn written(
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

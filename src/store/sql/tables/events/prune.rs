//! Finds old events that the history does not need to keep, and removes them.
//!
//! An event that is not needed stays so: when its tag comes back to its image, or to another one of
//! its owner, that makes a newer event. So it may be removed some time after it was found. Only an
//! import may put a tag on an image without an event, and does so after the history says the same:
//! if it comes in between, who set the tag is forgotten.

use jiff::Timestamp;

use crate::store::query::Pruned;
use crate::store::sql::drivers::{Connection, SqlError, Statement, placeholder_rows};

/// Whether an event `e` is neither the newest of its owner and tag, while an image of the owner
/// carries the tag, nor the newest addition of a tag that its image carries.
const IS_SUPERFLUOUS: &str = "CASE WHEN e.time >= ? THEN 0 \
     WHEN e.owner IS NULL \
     AND EXISTS (SELECT 1 FROM image_tags t WHERE t.owner IS NULL AND t.tag = e.tag) \
     AND e.id >= (SELECT n.id FROM tag_events n WHERE n.owner IS NULL \
     AND n.tag = e.tag ORDER BY n.id DESC LIMIT 1) THEN 0 \
     WHEN e.owner IS NOT NULL \
     AND EXISTS (SELECT 1 FROM image_tags t WHERE t.owner = e.owner AND t.tag = e.tag) \
     AND e.id >= (SELECT n.id FROM tag_events n WHERE n.owner = e.owner \
     AND n.tag = e.tag ORDER BY n.id DESC LIMIT 1) THEN 0 \
     WHEN e.action = 'added' \
     AND EXISTS (SELECT 1 FROM image_tags t WHERE t.image_id = e.image_id AND t.tag = e.tag) \
     AND e.id = (SELECT n.id FROM tag_events n WHERE n.image_id = e.image_id \
     AND n.tag = e.tag AND n.action = 'added' \
     ORDER BY n.time DESC, n.action DESC, n.id DESC LIMIT 1) THEN 0 ELSE 1 END";

/// What a part of a pass over the history has found.
pub(in crate::store::sql) struct Found {
    /// The ids of the events that are not needed.
    superfluous: Vec<i64>,
    /// The id after which the pass goes on; `None` at its end.
    pub(in crate::store::sql) next: Option<u64>,
}

impl Found {
    /// Whether nothing is to be removed.
    pub(in crate::store::sql) fn is_empty(&self) -> bool {
        self.superfluous.is_empty()
    }
}

/// Looks for events before `before` among at most `limit`, starting after the id `after`.
pub(in crate::store::sql) async fn find(
    connection: &mut Connection,
    before: Timestamp,
    after: u64,
    limit: usize,
) -> Result<Found, SqlError> {
    let text = format!(
        "SELECT e.id, {IS_SUPERFLUOUS} FROM tag_events e WHERE e.id > ? ORDER BY e.id LIMIT ?"
    );
    let statement = Statement::new(text).with(before).with(after).with(limit);
    let events = connection.fetch(statement, |row| Ok((row.number()?, row.number()? != 0)));
    let events = events.await?;
    let superfluous = events.iter().filter(|(_, is_superfluous)| *is_superfluous);
    let superfluous = superfluous.map(|(id, _)| *id).collect();
    let last = events.last().filter(|_| events.len() == limit);
    let next = last.map(|(id, _)| u64::try_from(*id).map_err(SqlError::unreadable));
    let next = next.transpose()?;
    Ok(Found { superfluous, next })
}

/// Removes what was found, inside a transaction of the caller. At the end of the pass, also the
/// former members of images without events.
pub(in crate::store::sql) async fn remove(
    connection: &mut Connection,
    found: &Found,
) -> Result<Pruned, SqlError> {
    const MAX_STATEMENT_IDS: usize = 500;
    let mut removed = 0;
    for ids in found.superfluous.chunks(MAX_STATEMENT_IDS) {
        let ids_in = placeholder_rows(1, ids.len());
        let statement = Statement::new(format!("DELETE FROM tag_events WHERE id IN {ids_in}"));
        removed += connection
            .execute(statement.with_all(ids.iter().copied()))
            .await?;
    }
    if found.next.is_none() {
        let text = "DELETE FROM image_former_members WHERE NOT EXISTS (SELECT 1 FROM tag_events e \
                    WHERE e.image_id = image_former_members.image_id)";
        connection.execute(text.into()).await?;
    }
    Ok(Pruned {
        removed: usize::try_from(removed).map_err(SqlError::unreadable)?,
        next: found.next,
    })
}

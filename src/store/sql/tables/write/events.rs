//! Writes the history of tags, inside a transaction of the caller.

use super::insertion::Insertion;
use crate::identity::ProjectId;
use crate::image::{Reason, TagEvent};
use crate::store::sql::drivers::{Connection, SqlError, Statement, Value, count};

/// The columns of an event that a write sets. The database assigns the id.
const COLUMNS: [&str; 10] = [
    "time",
    "image_id",
    "tag",
    "action",
    "owner",
    "visibility",
    "user_id",
    "project_id",
    "request_id",
    "reason",
];

/// The maximum number of events that one statement writes.
const MAX_STATEMENT_EVENTS: usize = 100;

/// Adds `events` in their order and gives them their ids.
pub(in crate::store::sql) async fn insert_events(
    connection: &mut Connection,
    events: &mut [TagEvent],
) -> Result<(), SqlError> {
    for events in events.chunks_mut(MAX_STATEMENT_EVENTS) {
        let mut statement = Statement::from(insertion(events));
        statement.push(" RETURNING id");
        let ids = connection.fetch(statement, count).await?;
        set_ids(events, ids);
    }
    Ok(())
}

/// The insertion of `events`.
pub(super) fn insertion(events: &[TagEvent]) -> Insertion {
    let values = events.iter().flat_map(values);
    Insertion::new("tag_events", &COLUMNS, events.len(), values)
}

/// Gives `events` the ids that the database has assigned.
pub(in crate::store::sql) fn set_ids(events: &mut [TagEvent], mut ids: Vec<u64>) {
    // The ids rise in the order of the values, but the rows may come in another.
    ids.sort_unstable();
    for (event, id) in events.iter_mut().zip(ids) {
        event.id = id;
    }
}

/// The values of [`COLUMNS`].
fn values(event: &TagEvent) -> [Value; 10] {
    [
        event.time.into(),
        event.image.into(),
        event.tag.as_str().into(),
        event.action.as_str().into(),
        event.owner.as_ref().map(ProjectId::as_str).into(),
        event.visibility.as_str().into(),
        event.user.as_str().into(),
        event.project.as_ref().map(ProjectId::as_str).into(),
        event.request_id.as_str().into(),
        event.reason.as_ref().map(Reason::as_str).into(),
    ]
}

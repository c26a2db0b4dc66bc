//! Takes over events of another store, inside a transaction of the caller.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::column::{COLUMNS, event};
use crate::image::{ImageId, Tag, TagAction, TagEvent};
use crate::store::sql::drivers::{Connection, SqlError, Statement};
use crate::store::sql::tables::write::insert_events;

/// The number of events that one statement looks up.
const MAX_STATEMENT_EVENTS: usize = 100;

/// What an event is known by.
type Key = (ImageId, Tag, Timestamp, TagAction);

fn key(event: &TagEvent) -> Key {
    (event.image, event.tag.clone(), event.time, event.action)
}

/// Adds those of `new` that the history does not have. Returns their number.
pub(in crate::store::sql) async fn import(
    connection: &mut Connection,
    new: &[TagEvent],
) -> Result<usize, SqlError> {
    let mut imported = 0;
    for new in new.chunks(MAX_STATEMENT_EVENTS) {
        let known = connection.fetch(known(new), |row| Ok(key(&event(row)?)));
        let mut known: BTreeSet<Key> = known.await?.into_iter().collect();
        let unknown = new.iter().filter(|event| known.insert(key(event)));
        let mut unknown: Vec<TagEvent> = unknown.cloned().collect();
        insert_events(connection, &mut unknown).await?;
        imported += unknown.len();
    }
    Ok(imported)
}

/// A query for those of `events` that the history has.
fn known(events: &[TagEvent]) -> Statement {
    let each = events.iter().map(|event| {
        Statement::new("(e.image_id = ? AND e.tag = ? AND e.time = ? AND e.action = ?)")
            .with(event.image)
            .with(event.tag.as_str())
            .with(event.time)
            .with(event.action.as_str())
    });
    let mut known = Statement::new(format!("SELECT {COLUMNS} FROM tag_events e WHERE "));
    known.push(Statement::join(each, " OR "));
    known
}
